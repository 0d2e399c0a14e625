// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "http/message.h"

namespace countersign::wallet {

// ScreenGate decides which requests the local screen answers. What a foreign page, a rebound name or another
// program's server on this machine can send lacks one of: exact Host, exact Origin, the session's cookie, the
// session's key. The key lies in the page's own storage, since browsers send cookies to every port of a host.
// Thread-safe.
class ScreenGate {
 public:
  // Until the port is known nothing is admitted.
  void open(unsigned short port) { port_ = port; }
  // An address with a new token, which opens one session, once; the one before opens none any more. A session
  // under way goes on until the new address is opened.
  std::string new_address();

  // For pages and scripts, which hold nothing: Host only. kForbidden.
  Result<void> admit_page(const http::Request& request) const;
  // For the API: all of it. kForbidden, kUnauthenticated.
  Result<void> admit(const http::Request& request) const;

  // Exchanges the token of the newest address, once, for a new session, which ends the one before: whoever
  // finds an address used knows that another has opened it. kUnauthenticated, kRateLimited, kForbidden.
  struct Session {
    std::string cookie, key;
  };
  Result<Session> exchange(const http::Request& request);

 private:
  std::string host() const;
  Result<void> check_origin(const http::Request& request) const;

  std::atomic<unsigned short> port_{0};
  mutable std::mutex mutex_;  // guards what follows, for the length of one comparison
  std::string token_;         // of the newest address; empty once it was exchanged
  Session session_;
  int wrong_tokens_ = 0;
};

}  // namespace countersign::wallet
