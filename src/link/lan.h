// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "link/pairing_store.h"
#include "link/transport.h"

// Wi-Fi or wired network: TCP, found by UDP (discovery.h).
namespace countersign::link {

inline constexpr std::string_view kLan = "lan";  // name of the transport
inline constexpr std::string_view kDiscoveryGroup = "239.255.67.83";
inline constexpr std::uint16_t kDiscoveryPort = 47683;

// The mediator's side; it opens no port that waits for strangers.
struct LanSearchOptions {
  std::string group{kDiscoveryGroup};  // empty: no multicast
  std::uint16_t discovery_port = kDiscoveryPort;
  std::string interface_address;       // IPv4 of the one interface to ask on; empty: all
  std::vector<std::string> addresses;  // "host:port" (IPv4) of terminals' TCP ports to try besides
  // How long further terminals may answer to an offer before the first is taken.
  std::chrono::milliseconds settling{700};
};
// `clock` outlives it. Entries that are no IPv4 addresses: kMalformed.
Result<std::shared_ptr<Transport>> lan_transport(const LanSearchOptions& options, const Clock& clock);

// The wallet's side.
struct LanListenOptions {
  std::string address = "0.0.0.0";                // to listen on; 127.0.0.1 keeps everything on this machine
  std::uint16_t port = 0;                         // TCP; 0 = any free
  std::string group{kDiscoveryGroup};             // empty: no multicast
  std::uint16_t discovery_port = kDiscoveryPort;  // UDP; 0 = any free (then found by its address only)
};

// LanAcceptor listens on TCP and answers discovery for the pairings and open offers of the store, on a thread
// of its own.
class LanAcceptor : public Acceptor {
 public:
  // `store` and `clock` outlive it. kUnavailable with address and port when one is taken.
  static Result<std::unique_ptr<LanAcceptor>> listen(const LanListenOptions& options, PairingStore& store,
                                                     const Clock& clock);
  virtual std::uint16_t port() const = 0;            // TCP
  virtual std::uint16_t discovery_port() const = 0;  // UDP
};

}  // namespace countersign::link
