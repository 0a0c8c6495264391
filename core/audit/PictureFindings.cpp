// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Finding.h"
#include "base/Text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace diascope::audit {

namespace {

std::string shortNumber(double value)
{
    return base::significantText(value, 3);
}

std::string counted(std::size_t n)
{
    return std::to_string(n) + (n == 1 ? " picture " : " pictures ");
}

/// "a: 3 of 10, b: 0 of 12": writing on one class only is what a network would learn.
std::string byClass(const dataset::Dataset& data, const std::vector<bool>& flagged)
{
    std::vector<int> hits(data.classNames.size());
    for (std::size_t i = 0; i < flagged.size(); ++i) {
        hits[static_cast<std::size_t>(data.samples[i].label)] += flagged[i] ? 1 : 0;
    }
    const std::vector<int> all = data.classCounts();
    std::string text;
    for (std::size_t c = 0; c < hits.size(); ++c) {
        text += (c == 0 ? "" : ", ") + base::visibleText(data.classNames[c]) + " " + std::to_string(hits[c]) + " of "
            + std::to_string(all[c]);
    }
    return text;
}

/// The findings of one data set, kind by kind.
class Looker {
public:
    Looker(const dataset::Dataset& data, const std::vector<PictureFacts>& facts, const FindingLimits& limits)
        : m_data(data)
        , m_facts(facts)
        , m_limits(limits)
    {
        for (std::size_t i = 0; i < facts.size(); ++i) {
            if (facts[i].readable()) {
                m_readable.push_back(i);
            }
        }
    }

    std::vector<Finding> look()
    {
        unreadable();
        blank();
        outliers();
        burntIn();
        coloured();
        sizes();
        modalities();
        return std::move(m_findings);
    }

private:
    void add(const char* code, Severity severity, std::vector<Finding::Subject> samples, const std::string& sentence,
        const std::string& proposal)
    {
        if (!samples.empty()) {
            const std::vector<dataset::Fix> fixes = exclusions(samples, code);
            m_findings.push_back(
                {code, severity, counted(samples.size()) + sentence, std::move(samples), {{proposal, fixes}}});
        }
    }
    [[nodiscard]] const std::string& id(std::size_t i) const { return m_data.samples[i].id; }

    void unreadable()
    {
        std::vector<Finding::Subject> samples;
        for (const PictureFacts& facts : m_facts) {
            if (!facts.readable()) {
                samples.push_back({facts.problem.subject, facts.problem.detail});
            }
        }
        add("unreadable", Severity::Warning, std::move(samples), "cannot be decoded; a training leaves such out.",
            "Leave them out.");
    }

    void blank()
    {
        std::vector<Finding::Subject> samples;
        for (const std::size_t i : m_readable) {
            if (m_facts[i].statistics.std < m_limits.blankStd) {
                samples.push_back(
                    {id(i), "standard deviation " + shortNumber(m_facts[i].statistics.std) + " grey levels"});
            }
        }
        add("blank", Severity::Warning, std::move(samples), "with next to no contrast: nothing is to be seen.",
            "Leave them out.");
    }

    void outliers()
    {
        std::vector<std::size_t> rows;
        std::copy_if(m_readable.begin(), m_readable.end(), std::back_inserter(rows),
            [this](std::size_t i) { return m_facts[i].statistics.snr.value.has_value(); });
        const Matrix columns = qualityColumns(m_facts, rows);
        const Outliers found = zScoreOutliers(columns, m_limits.outlierZ);
        std::vector<Finding::Subject> samples;
        for (const std::size_t row : found.rows) {
            const std::size_t column = found.column[row];
            samples.push_back({id(rows[row]),
                std::string(kQualityColumns[column]) + " " + shortNumber(columns.at(row, column)) + " lies "
                    + shortNumber(found.maxAbsZ[row]) + " standard deviations from the mean"});
        }
        add("outlier", Severity::Note, std::move(samples),
            "far from the rest in intensity, contrast, SNR or entropy (z above " + shortNumber(m_limits.outlierZ)
                + ").",
            "Leave them out, after looking at each.");
    }

    void burntIn()
    {
        std::vector<Finding::Subject> samples;
        std::vector<bool> flagged(m_facts.size(), false);
        for (const std::size_t i : m_readable) {
            if (m_facts[i].burntIn.suspected()) {
                flagged[i] = true;
                samples.push_back({id(i), m_facts[i].burntIn.text()});
            }
        }
        add("burnt-in", Severity::Warning, std::move(samples),
            "with what looks like burnt-in writing or calipers, which a network may learn in place of the organ ("
                + byClass(m_data, flagged) + ").",
            "Leave them out.");
    }

    void coloured()
    {
        std::vector<Finding::Subject> samples;
        for (const std::size_t i : m_readable) {
            if (m_facts[i].colour >= m_limits.colourShare) {
                samples.push_back({id(i), shortNumber(100.0 * m_facts[i].colour) + " % of its pixels are coloured"});
            }
        }
        if (4 * samples.size() <= m_readable.size()) { // else it is a set of coloured pictures
            add("colour", Severity::Warning, std::move(samples),
                "in colour in a set of grey ones: another modality, or Doppler.", "Leave them out.");
        }
    }

    /// log2 of the area against the median, in robust deviations (1.4826 x median absolute deviation), and a factor of
    /// 2 at least.
    void sizes()
    {
        std::vector<double> areas;
        for (const std::size_t i : m_readable) {
            areas.push_back(std::log2(static_cast<double>(m_facts[i].width) * m_facts[i].height));
        }
        if (areas.size() < 8) {
            return;
        }
        const auto medianOf = [](std::vector<double> values) {
            std::nth_element(
                values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
            return values[values.size() / 2];
        };
        const double median = medianOf(areas);
        std::vector<double> away;
        std::transform(
            areas.begin(), areas.end(), std::back_inserter(away), [&](double area) { return std::abs(area - median); });
        const double limit = std::max(2.0, 5.0 * 1.4826 * medianOf(away)); // in area: each side by a factor of 2
        std::vector<Finding::Subject> samples;
        for (std::size_t k = 0; k < away.size(); ++k) {
            const PictureFacts& facts = m_facts[m_readable[k]];
            if (away[k] >= limit) {
                samples.push_back({id(m_readable[k]),
                    std::to_string(facts.width) + " x " + std::to_string(facts.height) + " pixels"});
            }
        }
        add("size", Severity::Warning, std::move(samples),
            "of a size far from the rest: another source, or another modality.",
            "Leave them out, after looking at each.");
    }

    void modalities()
    {
        std::map<std::string, std::size_t> counts;
        std::size_t known = 0;
        for (const std::size_t i : m_readable) {
            if (!m_facts[i].modality.empty()) {
                ++counts[m_facts[i].modality];
                ++known;
            }
        }
        if (counts.size() < 2) {
            return;
        }
        const auto usual = std::max_element(
            counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        std::vector<Finding::Subject> samples;
        for (const std::size_t i : m_readable) {
            if (!m_facts[i].modality.empty() && m_facts[i].modality != usual->first) {
                samples.push_back({id(i), base::visibleText(m_facts[i].modality)});
            }
        }
        add("modality", Severity::Warning, std::move(samples),
            "of another modality than " + base::visibleText(usual->first) + ", which " + std::to_string(usual->second)
                + " of " + std::to_string(known) + " are.",
            "Leave them out.");
    }

    const dataset::Dataset& m_data;
    const std::vector<PictureFacts>& m_facts;
    const FindingLimits& m_limits;
    std::vector<std::size_t> m_readable;
    std::vector<Finding> m_findings;
};

} // namespace

std::string_view name(Severity severity)
{
    switch (severity) {
    case Severity::Note:
        return "note";
    case Severity::Warning:
        return "warning";
    case Severity::Error:
        return "error";
    }
    return "note";
}

std::vector<dataset::Fix> exclusions(const std::vector<Finding::Subject>& samples, const std::string& reason)
{
    std::vector<dataset::Fix> fixes;
    for (const Finding::Subject& subject : samples) {
        fixes.push_back({subject.sample, "exclude", {}, reason});
    }
    return fixes;
}

std::vector<Finding> pictureFindings(
    const dataset::Dataset& data, const std::vector<PictureFacts>& facts, const FindingLimits& limits)
{
    return Looker(data, facts, limits).look();
}

} // namespace diascope::audit
