// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Search.h"

#include <algorithm>
#include <utility>

namespace diascope::search {

namespace {

bool isDone(const Trial& trial)
{
    return trial.state != TrialState::Running && trial.state != TrialState::Interrupted;
}

} // namespace

Search::Search(StudyFile study)
    : m_study(std::move(study))
    , m_sampler(makeSampler(m_study.description().sampler, m_study.description().space, m_study.description().direction,
          m_study.description().seed))
{
}

Trial Search::next()
{
    for (const Trial& trial : trials()) {
        if (trial.state == TrialState::Interrupted) {
            m_study.restart(trial.number);
            return trials()[static_cast<std::size_t>(trial.number)];
        }
    }
    return m_study.add(m_sampler->propose(static_cast<int>(trials().size()), trials()));
}

bool Search::shouldPrune(int number) const
{
    return m_study.description().pruner.shouldPrune(
        trials().at(static_cast<std::size_t>(number)), trials(), m_study.description().direction);
}

bool Search::report(int number, int step, double value)
{
    m_study.report(number, step, value);
    return shouldPrune(number);
}

void Search::complete(int number, double value, double seconds)
{
    m_study.finish(number, TrialState::Complete, value, {}, seconds);
}

void Search::prune(int number, double seconds)
{
    const Trial& trial = trials().at(static_cast<std::size_t>(number));
    const std::string after
        = trial.reports.empty() ? std::string() : " after step " + std::to_string(trial.reports.back().first);
    m_study.finish(number, TrialState::Pruned, {}, "worse than the median" + after, seconds);
}

void Search::fail(int number, const std::string& why, double seconds)
{
    m_study.finish(number, TrialState::Failed, {}, why, seconds);
}

void Search::interrupt(int number, double seconds)
{
    m_study.finish(number, TrialState::Interrupted, {}, "stopped while it ran", seconds);
}

int Search::done() const
{
    return static_cast<int>(std::count_if(trials().begin(), trials().end(), isDone));
}

} // namespace diascope::search
