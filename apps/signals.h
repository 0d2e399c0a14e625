// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace countersign::app {

// hold_signals blocks SIGTERM and SIGINT, so that they end the program when it waits for them and not in the
// middle of something. Threads that are started later inherit it; the answer is for sigwait and its kin.
sigset_t hold_signals();

}  // namespace countersign::app
