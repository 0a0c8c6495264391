// SPDX-License-Identifier: GPL-3.0-or-later
#include "decode/DecoderPool.h"

#include "base/Error.h"
#include "base/Log.h"
#include "decode/ImageMeta.h"
#include "decode/InputFile.h"
#include "decode/SpawnThread.h"
#include "decode/WorkerProcess.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

namespace diascope::decode {

using base::Error;
using base::ErrorCode;
using protocol::Request;
using protocol::RequestKind;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMinMemoryBytes = 64u << 20;
constexpr milliseconds kMaxRequestTime = std::chrono::minutes(10);

PoolConfig checked(PoolConfig config)
{
    if (config.workers < 1 || config.workers > 64 || config.memoryLimitBytes < kMinMemoryBytes
        || config.timeout <= milliseconds(0) || config.startTimeout <= milliseconds(0)) {
        throw Error(ErrorCode::Usage, "decoder pool",
                    "workers must be 1 to 64, the memory limit at least 64 MiB and the time limits positive");
    }
    if (config.program.empty()) {
        std::error_code error;
        config.program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "diascope-decoder";
    }
    return config;
}

} // namespace

struct DecoderPool::Private {
    struct Slot {
        std::unique_ptr<WorkerProcess> process; // Empty while it is leased, or when it could not be replaced.
        bool busy = false;
    };

    PoolConfig config;
    std::mutex mutex;
    std::condition_variable idle;
    std::vector<Slot> slots;
    std::atomic<int> replaced{0};
    std::atomic<std::uint64_t> nextId{1};
    SpawnThread spawner; // Last: it must not outlive what it starts.

    explicit Private(PoolConfig c)
        : config(checked(std::move(c)))
        , slots(static_cast<std::size_t>(config.workers))
    {
    }

    std::unique_ptr<WorkerProcess> spawn()
    {
        std::unique_ptr<WorkerProcess> process;
        spawner.run([&] { process = WorkerProcess::spawn(config.program, config); });
        return process;
    }

    std::size_t acquire(const FileIdentity& file)
    {
        std::unique_lock lock(mutex);
        std::size_t chosen = slots.size();
        idle.wait(lock, [&] {
            for (std::size_t i = 0; i < slots.size(); ++i) {
                const bool free = !slots[i].busy;
                // A process that has parsed the file already is worth more than the first one.
                if (free && (chosen == slots.size() || (slots[i].process && slots[i].process->knows(file)))) {
                    chosen = i;
                }
            }
            return chosen < slots.size();
        });
        slots[chosen].busy = true;
        return chosen;
    }

    void release(std::size_t index, std::unique_ptr<WorkerProcess> process)
    {
        {
            const std::lock_guard lock(mutex);
            slots[index].process = std::move(process);
            slots[index].busy = false;
        }
        idle.notify_one();
    }

    template <typename Result, typename Make>
    Result request(const std::filesystem::path& file, Request request, milliseconds timeout, Make make);
};

namespace {

/// A worker for one request: taken on construction, given back (replaced, if it died) on destruction.
template <typename Pool> class Lease {
public:
    Lease(Pool& pool, const FileIdentity& file)
        : m_pool(pool)
        , m_index(pool.acquire(file))
    {
        const std::lock_guard lock(pool.mutex);
        m_process = std::move(pool.slots[m_index].process);
    }
    ~Lease()
    {
        try {
            if (m_process && (!m_process->alive() || m_process->worn())) {
                replace();
            }
        } catch (const std::exception& error) {
            // The slot stays empty; the next request tries again and reports it to its caller.
            base::logWarning(std::string("a decoder process could not be replaced: ") + error.what());
        }
        m_pool.release(m_index, std::move(m_process));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Throws when no process can be started.
    WorkerProcess& process()
    {
        if (!m_process) {
            m_process = m_pool.spawn();
        }
        return *m_process;
    }
    void replace()
    {
        if (!m_process->alive()) {
            ++m_pool.replaced;
        }
        m_process.reset();
        m_process = m_pool.spawn();
    }

private:
    Pool& m_pool;
    std::size_t m_index;
    std::unique_ptr<WorkerProcess> m_process;
};

Request frameRequest(const FrameOptions& options)
{
    Request request;
    request.kind = RequestKind::Frame;
    request.frame = options.frame;
    request.rawPalette = options.rawPalette ? 1 : 0;
    request.joinEqualChannels = options.joinEqualChannels ? 1 : 0;
    request.greyLevels = options.greyLevels ? 1 : 0;
    request.reduce = static_cast<std::uint8_t>(std::clamp(options.reduce, 0, 8));
    return request;
}

InfoResult infoOf(WorkerAnswer& answer)
{
    InfoResult result;
    result.info = image::sourceInfoFromJson(answer.json.at("info"));
    result.pixelSha256 = answer.json.at("pixelSha256").get<std::string>();
    result.tags = std::move(answer.json.at("tags"));
    return result;
}

} // namespace

template <typename Result, typename Make>
Result DecoderPool::Private::request(const std::filesystem::path& file, Request request, milliseconds timeout,
                                     Make make)
{
    const InputFile input = openInput(file);
    const std::string subject = file.string();
    request.id = nextId++;
    request.file = input.identity;
    Lease<Private> lease(*this, input.identity);
    for (int attempt = 0; attempt < 2; ++attempt) {
        std::optional<WorkerAnswer> answer = lease.process().ask(request, subject, input.fd.get(), timeout);
        if (answer) {
            try {
                return make(*answer);
            } catch (const Error& error) {
                lease.process().distrust(subject, error.detail());
            } catch (const nlohmann::json::exception& error) {
                lease.process().distrust(subject, error.what());
            }
        }
        // It was dead before it saw this file: something from outside ended it.
        lease.replace();
    }
    throw Error(ErrorCode::Crashed, subject, "the decoder processes end before they can read it");
}

DecoderPool::DecoderPool(PoolConfig config)
    : d(std::make_unique<Private>(std::move(config)))
{
    for (auto& slot : d->slots) {
        slot.process = d->spawn();
    }
}

DecoderPool::~DecoderPool() = default;

InfoResult DecoderPool::info(const std::filesystem::path& file, const InfoOptions& options)
{
    Request request;
    request.tags = options.tags ? 1 : 0;
    InfoResult result = d->request<InfoResult>(file, request, d->config.timeout, infoOf);
    if (options.pixelSha256 && result.info.frames > 0) {
        request.tags = 0;
        request.pixelSha256 = 1;
        const milliseconds longest = std::max(d->config.timeout, kMaxRequestTime);
        const milliseconds all = std::min(d->config.timeout * std::int64_t{result.info.frames}, longest);
        result.pixelSha256 = d->request<InfoResult>(file, request, all, infoOf).pixelSha256;
    }
    return result;
}

image::Image DecoderPool::frame(const std::filesystem::path& file, const FrameOptions& options)
{
    return d->request<image::Image>(file, frameRequest(options), d->config.timeout, [](WorkerAnswer& answer) {
        return imageFromMeta(answer.json, std::move(answer.pixels), std::move(answer.table));
    });
}

int DecoderPool::workers() const
{
    const std::lock_guard lock(d->mutex);
    return static_cast<int>(std::count_if(d->slots.begin(), d->slots.end(),
                                          [](const auto& slot) { return slot.busy || slot.process; }));
}

int DecoderPool::replaced() const
{
    return d->replaced;
}

} // namespace diascope::decode
