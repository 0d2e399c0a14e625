// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include "http/client.h"

namespace countersign::http {

// StatusClient asks OCSP responders over HTTP (RFC 6960 appendix A). What comes back is signed, so that the
// responder's connection is not judged; where to ask is for the caller to know, from the network map and not
// from a certificate. Follows no redirect. Keeps connections open; thread-safe.
class StatusClient {
 public:
  explicit StatusClient(std::chrono::milliseconds answer_limit) : answer_limit_(answer_limit) {}

  // DER OCSPRequest → DER OCSPResponse, as received, of the responder at `origin`, below /ocsp. kUnavailable
  // for every answer but 200.
  Result<Bytes> ask(const std::string& origin, BytesView request);

 private:
  Result<std::shared_ptr<Client>> client_of(const std::string& origin);

  const std::chrono::milliseconds answer_limit_;
  std::mutex mutex_;  // guards clients_
  std::map<std::string, std::shared_ptr<Client>> clients_;
};

}  // namespace countersign::http
