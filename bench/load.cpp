// SPDX-License-Identifier: Apache-2.0
#include "bench/load.h"

#include <future>
#include <stdexcept>
#include <thread>

namespace countersign::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::vector<Microseconds> send_all(const Load& load, Connection& connection,
                                   const std::vector<Bytes>& requests, SteadyClock::time_point begin) {
  std::vector<Microseconds> latencies;
  latencies.reserve(requests.size());
  const std::chrono::duration<double> pause(load.rate > 0 ? load.connections / load.rate : 0);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto due = SteadyClock::now();
    if (load.rate > 0) {
      // What waits behind a slow answer counts from when it was due.
      due = begin + std::chrono::duration_cast<SteadyClock::duration>(pause * static_cast<double>(i));
      std::this_thread::sleep_until(due);
    }
    const Answer answer = connection.post(load.path, load.content_type, requests[i]);
    if (answer.status != 200) {
      throw std::runtime_error("status " + std::to_string(answer.status) + ": " + to_text(answer.body));
    }
    latencies.push_back(SteadyClock::now() - due);
  }
  return latencies;
}

}  // namespace

LoadResult run_load(const Load& load, const std::vector<std::vector<Bytes>>& requests) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t c = 0; c < requests.size(); ++c) {
    const x509::Signer* identity =
        load.identities.empty() ? nullptr : load.identities[c % load.identities.size()];
    connections.push_back(std::make_unique<Connection>(load.port, identity));
  }
  const Microseconds server_began = processor_time(load.server);
  const auto began = SteadyClock::now();
  std::vector<std::future<std::vector<Microseconds>>> senders;
  for (std::size_t c = 0; c < requests.size(); ++c) {
    // Connections with a rate begin one after the other, so that they do not march in step.
    const auto offset = load.rate > 0 ? std::chrono::duration<double>(static_cast<double>(c) / load.rate)
                                      : std::chrono::duration<double>(0);
    senders.push_back(std::async(std::launch::async, [&, c, offset] {
      return send_all(load, *connections[c], requests[c],
                      began + std::chrono::duration_cast<SteadyClock::duration>(offset));
    }));
  }
  std::vector<Microseconds> latencies;
  for (auto& sender : senders) {
    const std::vector<Microseconds> part = sender.get();
    latencies.insert(latencies.end(), part.begin(), part.end());
  }
  const std::chrono::duration<double> took = SteadyClock::now() - began;
  const auto count = static_cast<double>(latencies.size());
  LoadResult result{.connections = static_cast<int>(requests.size()),
                    .per_second = count / took.count(),
                    .server_time_each = (processor_time(load.server) - server_began) / count};
  result.p50 = percentile(latencies, 0.50);
  result.p90 = percentile(latencies, 0.90);
  result.p99 = percentile(latencies, 0.99);
  return result;
}

}  // namespace countersign::bench
