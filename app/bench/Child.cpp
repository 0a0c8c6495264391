// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bench/Child.h"

#include "base/Clock.h"
#include "base/Error.h"

#include <cstdio>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX gives it no header in C++.

namespace diascope::bench {

namespace {

pid_t spawn(const std::vector<std::string>& words, int output)
{
    std::vector<char*> arguments;
    std::vector<std::string> copies = words;
    for (auto& word : copies) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw base::Error(base::ErrorCode::NotFound, words.front(), "cannot be started");
    }
    return child;
}

} // namespace

Child runChild(const std::vector<std::string>& words)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        throw base::Error(base::ErrorCode::OutOfMemory, "pipe", "cannot be opened");
    }
    const base::Stopwatch watch;
    Child child;
    pid_t process = 0;
    try {
        process = spawn(words, ends[1]);
    } catch (...) {
        close(ends[0]);
        close(ends[1]);
        throw;
    }
    close(ends[1]);
    std::FILE* const stream = fdopen(ends[0], "r");
    char* text = nullptr;
    std::size_t room = 0;
    for (ssize_t length = 0; (length = getline(&text, &room, stream)) > 0;) {
        child.lines.push_back({watch.seconds(), std::string(text, static_cast<std::size_t>(length))});
    }
    free(text); // NOLINT: getline's
    std::fclose(stream);
    int status = 0;
    rusage usage{};
    wait4(process, &status, 0, &usage);
    child.seconds = watch.seconds();
    child.peakMiB = static_cast<double>(usage.ru_maxrss) / 1024.0;
    child.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return child;
}

} // namespace diascope::bench
