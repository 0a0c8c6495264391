// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/InputFrames.h"

namespace diascope::cli {

int forEachFrame(Session& session, const std::vector<std::string>& inputs, const std::function<void(const InputFrame&)>& use)
{
    for (const auto& file : expandInputs(inputs, session.stopToken())) {
        try {
            const auto info = session.pool().info(file).info;
            if (info.frames == 0) {
                throw base::Error(base::ErrorCode::Unsupported, file.string(), "holds no picture");
            }
            for (int frame = 0; frame < info.frames; ++frame) {
                if (session.stopToken().stop_requested()) {
                    return kStopped;
                }
                InputFrame input{file, session.pool().frame(file, {.frame = frame}), {}, info.frames};
                input.source = {file.string(), frame, info.sopInstanceUid, {}, info.modality};
                use(input);
            }
        } catch (const base::Error& error) {
            if (error.code() == base::ErrorCode::Stopped) {
                return kStopped;
            }
            session.refused(file.string(), error);
        } catch (const std::exception& error) {
            session.refused(file.string(), error);
        }
    }
    return session.exitCode();
}

} // namespace diascope::cli
