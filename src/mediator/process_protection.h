// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace countersign::mediator {

// protect_process keeps what this process handles out of files: no core (RLIMIT_CORE, PR_SET_DUMPABLE, which
// also keeps other processes of the same user from attaching), new files readable to their owner only, and a
// broken pipe as an error instead of a death. Before anything is read. kInternal when the system refuses.
Result<void> protect_process();

}  // namespace countersign::mediator
