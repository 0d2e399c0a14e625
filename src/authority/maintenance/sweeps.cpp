// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/sweeps.h"

#include <exception>

#include "base/log.h"

namespace countersign::authority {
namespace {

Result<void> run_caught(const std::function<Result<void>()>& work) try {
  return work();
} catch (const std::exception& fault) {
  return fail(ErrorCode::kInternal, fault.what());
}

}  // namespace

void Sweeps::add(std::string name, std::function<Result<void>()> work) {
  http::Counter& failures = metrics_.counter("countersign_sweep_failures_total",
                                             "Sweeps of what is overdue that failed; each is tried again.",
                                             "sweep=\"" + name + "\"");
  sweeps_.push_back({std::move(name), std::move(work), failures});
}

void Sweeps::run() const {
  for (const Sweep& sweep : sweeps_) {
    const Result<void> swept = run_caught(sweep.work);
    if (swept) continue;
    sweep.failures.add();
    log_error("sweep_failed", swept.error(), {{"sweep", sweep.name}});
  }
}

}  // namespace countersign::authority
