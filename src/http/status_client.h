// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include "base/circuit_breaker.h"
#include "http/client.h"

namespace countersign::http {

// Whose responder is asked: that of the own data centre, without which nothing works, or another's, which
// may hold up none but its own parties.
enum class Responder { kOwn, kOther };

// How many questions to the responders of other data centres are under way at once, a quarter of which are
// for those of which nothing is asked yet; and when one that does not answer is left alone for a while.
struct StatusLimits {
  int at_once = 16;
  int at_once_of_one = 8;
  CircuitBreaker::Options breaker = {};

  // For a program whose `worker_threads` wait for the answers: half of them for all others, a quarter for
  // each.
  static StatusLimits for_workers(int worker_threads);
};

// StatusClient asks OCSP responders over HTTP (RFC 6960 appendix A). What comes back is signed, so that the
// responder's connection is not judged; where to ask is for the caller to know, from the network map and not
// from a certificate. Follows no redirect. Keeps connections open; thread-safe.
class StatusClient {
 public:
  explicit StatusClient(std::chrono::milliseconds answer_limit, StatusLimits limits = {})
      : answer_limit_(answer_limit), limits_(limits) {}

  // DER OCSPRequest → DER OCSPResponse, as received, of the responder at `origin`, below /ocsp. kUnavailable
  // for every answer but 200, and at once for another's responder that does not answer, or of which too much
  // is asked already.
  Result<Bytes> ask(const std::string& origin, BytesView request, Responder whose);

 private:
  struct Way {
    std::shared_ptr<Client> client;
    CircuitBreaker breaker;
    int under_way = 0;
  };
  Result<std::shared_ptr<Way>> way_to(const std::string& origin);
  Result<void> take_place(Way& way, const std::string& origin);
  void give_place_back(Way& way, bool answered) noexcept;
  Result<Bytes> ask(Client& client, const std::string& origin, BytesView request) const;

  const std::chrono::milliseconds answer_limit_;
  const StatusLimits limits_;
  std::mutex mutex_;  // guards what follows, and what the ways hold but their clients
  std::map<std::string, std::shared_ptr<Way>> ways_;
  int under_way_ = 0;  // to others' responders
};

}  // namespace countersign::http
