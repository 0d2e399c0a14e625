// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/connection.h"
#include "bench/measures.h"

namespace countersign::bench {

// What becomes of answers other than 200: the measure fails, or they are counted beside it.
enum class Refusals { kFail, kCount };

// One kind of request put to a server over a number of connections, one thread each.
struct Load {
  std::string path;
  std::string content_type;
  std::string accept = {};  // the media type that is asked for; empty: none is named
  std::string address = "127.0.0.1";
  unsigned short port = 0;
  pid_t server = 0;                             // whose processor time counts; 0: nobody's
  std::vector<const x509::Signer*> identities;  // of the connections, in turn; empty: plain HTTP
  int connections = 1;
  double rate =
      0;  // requests per second over all connections; 0: each as soon as the one before was answered
  Refusals refusals = Refusals::kFail;
  // Called after the last answer, before the server's processor time is read: waits until the server has done
  // what it puts off.
  std::function<void()> settle = {};
};

struct LoadResult {
  int connections = 0;
  double per_second = 0;
  Microseconds server_time_each{};  // processor time of the server per answer
  Microseconds p50{}, p90{}, p99{};
  std::vector<Microseconds> latencies;  // of answers that were 200, sorted
  std::map<std::string, int> refused;   // the others, by the first reason that a refusal gives, else status
};

// The first reason of a signed refusal, whose signature is not verified, or the status.
std::string reason_of(const Answer& answer);

// run_load sends all requests (connection c sends those that `requests[c]` holds) and measures; rate and
// times are those of answers that were 200.
LoadResult run_load(const Load& load, const std::vector<std::vector<Bytes>>& requests);

}  // namespace countersign::bench
