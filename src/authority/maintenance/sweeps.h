// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/metrics.h"

namespace countersign::authority {

// Sweeps does what is due from time to time, one piece of work after the other. What fails or throws is
// logged, counted as `countersign_sweep_failures_total{sweep="…"}`, keeps none of the others from their turn,
// and is tried again the next time. For one thread.
class Sweeps {
 public:
  // The registry outlives the object.
  explicit Sweeps(http::Metrics& metrics) : metrics_(metrics) {}
  void add(std::string name, std::function<Result<void>()> work);
  void run() const;

 private:
  struct Sweep {
    std::string name;
    std::function<Result<void>()> work;
    http::Counter& failures;
  };
  http::Metrics& metrics_;
  std::vector<Sweep> sweeps_;
};

}  // namespace countersign::authority
