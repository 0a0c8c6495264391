// SPDX-License-Identifier: GPL-3.0-or-later
#include "audit/Tsne.h"

#include "audit/Pca.h"
#include "audit/TsneForces.h"
#include "base/Clock.h"
#include "base/Error.h"
#include "base/Rng.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diascope::audit {

namespace {

constexpr int kExploration = 250, kCheckEach = 50, kPatience = 300;
constexpr std::size_t kExactUpTo = 1000;

/// One run of the descent: places, their last step and their gains.
class Descent {
public:
    Descent(std::vector<Place> start, TsneForces forces, double learningRate)
        : m_places(std::move(start))
        , m_forces(std::move(forces))
        , m_rate(learningRate)
        , m_gradient(m_places.size())
    {
    }

    struct Phase {
        int first = 0, end = 0;
        double momentum = 0.5, exaggeration = 1.0;
        int patience = 0;
    };
    /// Returns how many iterations have been done in all when the phase ends.
    int run(const Phase& phase, const std::function<void(int)>& report, const std::stop_token& stop)
    {
        m_step.assign(m_places.size(), {});
        m_gain.assign(m_places.size(), {1.0, 1.0});
        double best = std::numeric_limits<double>::max();
        int bestAt = phase.first;
        for (int i = phase.first; i < phase.end; ++i) {
            m_forces.gradient(m_places, phase.exaggeration, m_gradient, stop);
            const bool check = (i + 1) % kCheckEach == 0;
            const double cost = check ? m_forces.cost(m_places, phase.exaggeration, stop) : 0.0;
            const double norm = move(phase.momentum);
            report(i + 1);
            if (!check) {
                continue;
            }
            if (cost < best) {
                best = cost;
                bestAt = i;
            } else if (i - bestAt > phase.patience) {
                return i + 1;
            }
            if (norm <= 1e-7) {
                return i + 1;
            }
        }
        return phase.end;
    }
    [[nodiscard]] const std::vector<Place>& places() const { return m_places; }

private:
    /// One step with a gain for each coordinate (Jacobs 1988); returns the norm of the gradient times the gains.
    double move(double momentum)
    {
        double squares = 0.0;
        const auto along = [&](double gradient, double& step, double& gain, double& place) {
            gain = std::max(0.01, step * gradient < 0.0 ? gain + 0.2 : gain * 0.8);
            gradient *= gain;
            squares += gradient * gradient;
            step = momentum * step - m_rate * gradient;
            place += step;
        };
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            along(m_gradient[i].x, m_step[i].x, m_gain[i].x, m_places[i].x);
            along(m_gradient[i].y, m_step[i].y, m_gain[i].y, m_places[i].y);
        }
        return std::sqrt(squares);
    }

    std::vector<Place> m_places;
    TsneForces m_forces;
    double m_rate;
    std::vector<Place> m_gradient, m_step, m_gain;
};

/// The first two principal components with a standard deviation of 1e-4 along the first. Rows that are all equal get
/// places drawn from a fixed stream: they have no components.
std::vector<Place> startOf(const Matrix& data, int threads, const std::stop_token& stop)
{
    const Pca pca = principalComponents(data, 2, threads, stop);
    const auto n = static_cast<double>(data.rows);
    const double deviation = pca.singularValues.empty() ? 0.0 : pca.singularValues.front() / std::sqrt(n);
    base::Rng rng = base::Rng::stream(42, "tsne/start");
    std::vector<Place> places(data.rows);
    for (std::size_t i = 0; i < data.rows; ++i) {
        const double x = deviation > 0.0 ? pca.projected.at(i, 0) / deviation : rng.normal();
        const double y = deviation > 0.0
            ? (pca.components.rows > 1 ? pca.projected.at(i, 1) / deviation : 0.01 * rng.normal())
            : rng.normal();
        places[i] = {1e-4 * x, 1e-4 * y};
    }
    return places;
}

void requireSane(const Matrix& data, const TsneConfig& config)
{
    requireFinite(data, "t-SNE");
    const auto refuse = [](const std::string& why) { throw base::Error(base::ErrorCode::Usage, "t-SNE", why); };
    if (data.rows < 4 || data.columns < 1) {
        refuse("wants four rows and one column at least; there are " + std::to_string(data.rows) + " rows");
    }
    if (!(config.perplexity > 1.0) || !std::isfinite(config.perplexity)) {
        refuse("the perplexity must be above 1");
    }
    if (config.iterations < kExploration || config.iterations > 100000) {
        refuse("wants 250 to 100000 iterations");
    }
    if (!(config.earlyExaggeration >= 1.0) || !(config.learningRate >= 0.0)
        || !(config.theta >= 0.0 && config.theta <= 1.0)) {
        refuse("the early exaggeration must be 1 or more, the learning rate 0 or more, theta 0 to 1");
    }
}

} // namespace

TsneMap tsne(const Matrix& data, const TsneConfig& config, const dataset::ProgressFunction& progress,
    const std::stop_token& stop)
{
    requireSane(data, config);
    TsneMap map;
    map.perplexity = std::min(config.perplexity, static_cast<double>(data.rows - 1) / 3.0);
    const bool exact = config.method == TsneConfig::Method::Exact
        || (config.method == TsneConfig::Method::Auto && data.rows <= kExactUpTo);
    map.method = exact ? "exact" : "Barnes-Hut";
    const Affinities affinities = exact ? allAffinities(data, map.perplexity, config.threads, stop)
                                        : nearAffinities(data, map.perplexity, config.threads, stop);
    const double rate = config.learningRate > 0.0
        ? config.learningRate
        : std::max(static_cast<double>(data.rows) / config.earlyExaggeration / 4.0, 50.0);
    Descent descent(
        startOf(data, config.threads, stop), TsneForces(affinities, exact ? -1.0 : config.theta, config.threads), rate);
    const base::Stopwatch watch;
    double reported = -1.0;
    const auto report = [&](int done) {
        const double now = watch.seconds();
        if (progress && (now - reported > 0.1 || done == config.iterations)) {
            reported = now;
            progress({"Drawing the map", done, config.iterations, now / done * (config.iterations - done)});
        }
    };
    const int explored = descent.run({0, kExploration, 0.5, config.earlyExaggeration, kExploration}, report, stop);
    map.iterations = config.iterations > explored
        ? descent.run({explored, config.iterations, 0.8, 1.0, kPatience}, report, stop)
        : explored;
    map.places = Matrix(data.rows, 2);
    for (std::size_t i = 0; i < data.rows; ++i) {
        map.places.at(i, 0) = descent.places()[i].x;
        map.places.at(i, 1) = descent.places()[i].y;
    }
    map.divergence = exactDivergence(data, map.places, map.perplexity, config.threads, stop);
    return map;
}

} // namespace diascope::audit
