// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "link/connection.h"

// For the tests of those who speak over a link.
namespace countersign::link::testing {

// Two connected ends of bytes.
std::pair<Socket, Socket> socket_pair();

struct ConnectedPair {
  std::shared_ptr<Connection> mediator;
  std::shared_ptr<Connection> wallet;
};

// connected_pair makes both ends of one link in this process: TLS over a socketpair, fresh identities.
ConnectedPair connected_pair(ConnectionOptions options = {});

}  // namespace countersign::link::testing
