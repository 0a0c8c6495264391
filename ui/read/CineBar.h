// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolButton;

namespace diascope::ui {

/// Slider with the image number, play/pause and frame rate. Hidden for a single image.
class CineBar final : public QWidget {
    Q_OBJECT
public:
    explicit CineBar(QWidget* parent = nullptr);

    void setImageCount(int count);
    void setCurrent(int index);                       ///< 0-based; emits nothing.
    void setRunning(bool running);
    void setFrameRate(double framesPerSecond, bool assumed);

Q_SIGNALS:
    void imageRequested(int index);
    void runRequested(bool running);
    void frameRateRequested(double framesPerSecond);

private:
    void showNumber();

    QToolButton* m_play = nullptr;
    QSlider* m_slider = nullptr;
    QLabel* m_number = nullptr;
    QDoubleSpinBox* m_rate = nullptr;
    QLabel* m_assumed = nullptr;
    bool m_running = false;
};

} // namespace diascope::ui
