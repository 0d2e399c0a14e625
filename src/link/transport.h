// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "link/obstacle.h"
#include "link/pairing.h"
#include "link/socket.h"

// What a way between two devices must give: streams of bytes. Who is at the other end is decided above it, by
// TLS.
namespace countersign::link {

// Stream is a connected byte stream and the address of its other end, in its transport's spelling.
struct Stream {
  Socket socket;
  std::string address;
};

// Target is the terminal to be found.
struct Target {
  const crypto::SecretBytes& discovery_key;
  std::string last_address;  // of any transport; empty when not known
  bool is_offer = false;     // not paired yet: more than one terminal may have read the code
};

// Search gives candidates, one after the other; for one thread.
class Search {
 public:
  virtual ~Search() = default;
  // A stream to a terminal that may be the one; a failure when time is over, or nothing is left to be tried,
  // or the transport cannot work at all.
  virtual Reached<Stream> next(Deadline deadline, const std::stop_token& stop) = 0;
};

// Transport is the side that searches and connects (the mediator's). Thread-safe.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual std::string_view name() const = 0;  // "lan", "bluetooth"
  // `target` outlives the search.
  virtual Reached<std::unique_ptr<Search>> search(const Target& target) = 0;
};

// Acceptor is the side that is connected to (the wallet's).
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  virtual std::string_view name() const = 0;
  // The next stream that somebody connected; kCancelled after `stop`. For one thread.
  virtual Result<Stream> accept() = 0;
  // Ends waiting and listening; from any thread, more than once.
  virtual void stop() noexcept = 0;
};

}  // namespace countersign::link
