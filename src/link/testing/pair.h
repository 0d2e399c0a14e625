// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "link/connection.h"
#include "link/tls_stream.h"

// For the tests of those who speak over a link.
namespace countersign::link::testing {

// Two connected ends of bytes.
std::pair<Socket, Socket> socket_pair();

// Both ends of a TLS session over them, fresh identities: who connected, who accepted.
std::pair<std::unique_ptr<TlsStream>, std::unique_ptr<TlsStream>> stream_pair();

struct ConnectedPair {
  std::shared_ptr<Connection> mediator;
  std::shared_ptr<Connection> wallet;
};

// connected_pair makes both ends of one link in this process.
ConnectedPair connected_pair(ConnectionOptions options = {});

}  // namespace countersign::link::testing
