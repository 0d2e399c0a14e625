// SPDX-License-Identifier: Apache-2.0
#include "bench/measures.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "crypto/keys.h"
#include "crypto/random.h"

namespace countersign::bench {
namespace {

Microseconds read_clock(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) throw std::runtime_error("a processor clock cannot be read");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

template <typename Work>
Microseconds median_cost(Work work) {
  constexpr int kRounds = 9;
  constexpr int kRepeats = 500;
  std::array<Microseconds, kRounds> costs{};
  for (Microseconds& cost : costs) {
    const Microseconds began = thread_processor_time();
    for (int i = 0; i < kRepeats; ++i) work();
    cost = (thread_processor_time() - began) / kRepeats;
  }
  std::nth_element(costs.begin(), costs.begin() + kRounds / 2, costs.end());
  return costs[kRounds / 2];
}

}  // namespace

Microseconds processor_time(pid_t process) {
  clockid_t clock{};
  if (::clock_getcpuclockid(process, &clock) != 0) throw std::runtime_error("no such process to measure");
  return read_clock(clock);
}

Microseconds thread_processor_time() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

BareSignatures measure_bare_signatures() {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const Bytes message = crypto::random_bytes(32);
  const Bytes signature = key.sign(message).value();
  const auto require = [](bool good) {
    if (!good) throw std::runtime_error("a bare signature failed");
  };
  return {median_cost([&] { require(key.public_key().verify(message, signature).has_value()); }),
          median_cost([&] { require(key.sign(message).has_value()); })};
}

BareSignatures mean(const BareSignatures& a, const BareSignatures& b) {
  return {(a.verification + b.verification) / 2, (a.signature + b.signature) / 2};
}

Microseconds percentile(std::vector<Microseconds>& values, double share) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto position = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(position, values.size() - 1)];
}

}  // namespace countersign::bench
