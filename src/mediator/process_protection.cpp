// SPDX-License-Identifier: Apache-2.0
#include "mediator/process_protection.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

namespace countersign::mediator {

Result<void> protect_process() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
    return fail(ErrorCode::kInternal, "core files cannot be ruled out");
  }
  umask(S_IRWXG | S_IRWXO);
  (void)std::signal(SIGPIPE, SIG_IGN);  // a browser that is gone is an error of the write
  return ok();
}

}  // namespace countersign::mediator
