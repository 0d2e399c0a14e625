// SPDX-License-Identifier: Apache-2.0
#include "bench/measures.h"

#include <time.h>

#include <algorithm>
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

// One key, one message and its signature.
class BareWork {
 public:
  // Processor time of one, over `repeats`.
  Microseconds verification(int repeats) {
    return each(repeats, [this] { return key_.public_key().verify(message_, signature_).has_value(); });
  }
  Microseconds signature(int repeats) {
    return each(repeats, [this] { return key_.sign(message_).has_value(); });
  }

 private:
  template <typename Work>
  static Microseconds each(int repeats, Work work) {
    const Microseconds began = thread_processor_time();
    for (int i = 0; i < repeats; ++i) {
      if (!work()) throw std::runtime_error("a bare signature failed");
    }
    return (thread_processor_time() - began) / repeats;
  }

  const crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const Bytes message_ = crypto::random_bytes(32);
  const Bytes signature_ = key_.sign(message_).value();
};

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
  constexpr int kRounds = 9;
  constexpr int kRepeats = 500;
  BareWork work;
  std::vector<Microseconds> verifications;
  std::vector<Microseconds> signatures;
  for (int i = 0; i < kRounds; ++i) {
    verifications.push_back(work.verification(kRepeats));
    signatures.push_back(work.signature(kRepeats));
  }
  return {percentile(verifications, 0.5), percentile(signatures, 0.5)};
}

BareBeside::BareBeside() : thread_([this] { run(); }) {}

BareBeside::~BareBeside() {
  is_stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

BareSignatures BareBeside::stop() {
  is_stopping_ = true;
  thread_.join();
  return {percentile(verifications_, 0.5), percentile(signatures_, 0.5)};
}

void BareBeside::run() {
  constexpr int kRepeats = 20;
  BareWork work;
  do {
    verifications_.push_back(work.verification(kRepeats));
    signatures_.push_back(work.signature(kRepeats));
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
  } while (!is_stopping_);
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
