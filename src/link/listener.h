// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "link/connection.h"
#include "link/pairing_store.h"
#include "link/transport.h"

namespace countersign::link {

struct ListenerOptions {
  std::string own_name;                             // how this terminal calls itself
  std::chrono::milliseconds greeting_limit{5'000};  // for TLS and greeting together
  std::size_t max_greetings = 16;                   // under way at a time; the oldest gives way
  std::size_t max_connections = 16;                 // at a time
  int attempts_per_minute = 120;                    // by one address; further ones are closed unheard
  std::chrono::milliseconds review_period{1'000};   // how soon a revocation ends a connection
  ConnectionOptions connection;
};

// LinkListener accepts connections of paired PCs and of those whose offer is open: the wallet's side.
// Strangers learn nothing but the terminal's link key.
class LinkListener {
 public:
  // Called once per connection on a thread of its own; when it returns the connection is closed.
  using Handler = std::function<void(const std::shared_ptr<Connection>&)>;

  // `store` and `clock` outlive it. kMalformed for an own name that is none.
  static Result<std::unique_ptr<LinkListener>> start(PairingStore& store,
                                                     std::vector<std::unique_ptr<Acceptor>> acceptors,
                                                     const Clock& clock, ListenerOptions options,
                                                     Handler handler);
  // Stops listening, closes all connections, waits for the handlers.
  virtual ~LinkListener() = default;
};

}  // namespace countersign::link
