// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"

namespace countersign::http {

// LocalLoop gives a client of this process a connection whose other end is this process too: a listening
// socket on 127.0.0.1 that takes nobody but the client it made. For one thread at a time.
class LocalLoop {
 public:
  static Result<std::unique_ptr<LocalLoop>> open();
  ~LocalLoop();
  LocalLoop(const LocalLoop&) = delete;
  LocalLoop& operator=(const LocalLoop&) = delete;

  // Where the client is to connect to.
  std::uint16_t port() const { return port_; }
  // A socket to be connected to port(); the caller closes it.
  Result<int> make_client();
  // The other end of the newest client, once that has connected; the caller closes it. Turns away everybody
  // else. Does not wait: kUnavailable when the client is not there.
  Result<int> accept();

 private:
  LocalLoop(int descriptor, std::uint16_t port) : descriptor_(descriptor), port_(port) {}
  const int descriptor_;
  const std::uint16_t port_;
  std::uint16_t client_port_ = 0;  // of the newest client; nobody else on this machine can have it
};

}  // namespace countersign::http
