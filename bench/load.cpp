// SPDX-License-Identifier: Apache-2.0
#include "bench/load.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>

#include "documents/confirmation.h"

namespace countersign::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Sent {
  std::vector<Microseconds> latencies;
  std::map<std::string, int> refused;
};

Sent send_all(const Load& load, Connection& connection, const std::vector<Bytes>& requests,
              SteadyClock::time_point begin) {
  Sent sent;
  sent.latencies.reserve(requests.size());
  const std::chrono::duration<double> pause(load.rate > 0 ? load.connections / load.rate : 0);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto due = SteadyClock::now();
    if (load.rate > 0) {
      // What waits behind a slow answer counts from when it was due.
      due = begin + std::chrono::duration_cast<SteadyClock::duration>(pause * static_cast<double>(i));
      std::this_thread::sleep_until(due);
    }
    const Answer answer = connection.post(load.path, load.content_type, requests[i], load.accept);
    if (answer.status == 200) {
      sent.latencies.push_back(SteadyClock::now() - due);
    } else if (load.refusals == Refusals::kCount) {
      ++sent.refused[reason_of(answer)];
    } else {
      throw std::runtime_error(reason_of(answer) + ": " + to_text(answer.body));
    }
  }
  return sent;
}

}  // namespace

std::string reason_of(const Answer& answer) {
  const std::string status = "status " + std::to_string(answer.status);
  const auto cms = x509::UnverifiedCms::parse(answer.body);
  if (!cms) return status;
  const auto refusal = documents::parse_refusal(cms.value().unverified_content());
  return refusal ? std::string(error_name(refusal.value().reasons.front().code)) : status;
}

LoadResult run_load(const Load& load, const std::vector<std::vector<Bytes>>& requests) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t c = 0; c < requests.size(); ++c) {
    const x509::Signer* identity =
        load.identities.empty() ? nullptr : load.identities[c % load.identities.size()];
    connections.push_back(std::make_unique<Connection>(load.address, load.port, identity));
  }
  const auto server_time = [&] { return load.server == 0 ? Microseconds() : processor_time(load.server); };
  const Microseconds server_began = server_time();
  const auto began = SteadyClock::now();
  std::vector<std::future<Sent>> senders;
  for (std::size_t c = 0; c < requests.size(); ++c) {
    // Connections with a rate begin one after the other, so that they do not march in step.
    const auto offset = load.rate > 0 ? std::chrono::duration<double>(static_cast<double>(c) / load.rate)
                                      : std::chrono::duration<double>(0);
    senders.push_back(std::async(std::launch::async, [&, c, offset] {
      return send_all(load, *connections[c], requests[c],
                      began + std::chrono::duration_cast<SteadyClock::duration>(offset));
    }));
  }
  LoadResult result{.connections = static_cast<int>(requests.size()),
                    .per_second = 0,
                    .server_time_each = {},
                    .p50 = {},
                    .p90 = {},
                    .p99 = {},
                    .latencies = {},
                    .refused = {}};
  std::vector<Microseconds>& latencies = result.latencies;
  for (auto& sender : senders) {
    const Sent part = sender.get();
    latencies.insert(latencies.end(), part.latencies.begin(), part.latencies.end());
    for (const auto& [reason, number] : part.refused) result.refused[reason] += number;
  }
  const std::chrono::duration<double> took = SteadyClock::now() - began;
  const auto count = static_cast<double>(latencies.size());
  result.per_second = count / took.count();
  if (load.settle) load.settle();
  if (!latencies.empty()) result.server_time_each = (server_time() - server_began) / count;
  result.p50 = percentile(latencies, 0.50);
  result.p90 = percentile(latencies, 0.90);
  result.p99 = percentile(latencies, 0.99);
  return result;
}

}  // namespace countersign::bench
