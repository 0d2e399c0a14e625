// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>

#include "bench/connection.h"
#include "bench/measures.h"

namespace countersign::bench {

// One kind of request put to a server over a number of connections, one thread each.
struct Load {
  std::string path;
  std::string content_type;
  unsigned short port = 0;
  pid_t server = 0;                             // whose processor time counts
  std::vector<const x509::Signer*> identities;  // of the connections, in turn; empty: plain HTTP
  int connections = 1;
  double rate =
      0;  // requests per second over all connections; 0: each as soon as the one before was answered
};

struct LoadResult {
  int connections = 0;
  double per_second = 0;
  Microseconds server_time_each{};  // processor time of the server per answer
  Microseconds p50{}, p90{}, p99{};
};

// run_load sends all requests (connection c sends those that `requests[c]` holds) and measures. Every answer
// must be 200; throws otherwise.
LoadResult run_load(const Load& load, const std::vector<std::vector<Bytes>>& requests);

}  // namespace countersign::bench
