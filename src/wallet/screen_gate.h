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
  ScreenGate();
  // Until the port is known nothing is admitted.
  void open(unsigned short port) { port_ = port; }
  std::string address() const;

  // For pages and scripts, which hold nothing: Host only. kForbidden.
  Result<void> admit_page(const http::Request& request) const;
  // For the API: all of it. kForbidden, kUnauthenticated.
  Result<void> admit(const http::Request& request) const;

  // Exchanges the token of the address for a new session, which ends the one before.
  struct Session {
    std::string cookie, key;
  };
  Result<Session> exchange(const http::Request& request);

 private:
  std::string host() const;
  Result<void> check_origin(const http::Request& request) const;

  std::atomic<unsigned short> port_{0};
  std::string token_;
  mutable std::mutex mutex_;  // guards what follows, for the length of one comparison
  Session session_;
  int wrong_tokens_ = 0;
};

}  // namespace countersign::wallet
