// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "link/connection.h"
#include "link/pairing_store.h"
#include "link/transport.h"

namespace countersign::link {

struct DialerOptions {
  std::string own_name;                             // how this PC calls itself
  std::chrono::milliseconds search_limit{8'000};    // for finding a paired terminal, over all transports
  std::chrono::milliseconds greeting_limit{4'000};  // for TLS and greeting with one candidate
  ConnectionOptions connection;
};

// LinkDialer finds a terminal and connects to it: the mediator's side. Thread-safe.
class LinkDialer {
 public:
  // `store` and `clock` outlive it. Transports are asked at once; the first that reaches the terminal serves.
  LinkDialer(PairingStore& store, std::vector<std::shared_ptr<Transport>> transports, const Clock& clock,
             DialerOptions options);

  // Connects to a paired terminal. When several transports fail, the obstacle that says most is told.
  Reached<std::shared_ptr<Connection>> dial(const std::string& pairing, const std::stop_token& stop = {});
  // Waits until a terminal has read the offer, as long as the offer lives, and pairs with it.
  // kSeveralTerminals withdraws the offer.
  Reached<std::shared_ptr<Connection>> pair(const PairingOffer& offer, const std::stop_token& stop = {});

 private:
  struct Job;
  Reached<std::shared_ptr<Connection>> reach(const Job& job, Deadline deadline, const std::stop_token& stop);
  Reached<std::shared_ptr<Connection>> reach_over_all(const Job& job, Deadline deadline,
                                                      const std::stop_token& stop);
  Reached<std::shared_ptr<Connection>> reach_over(Transport& transport, const Job& job, Deadline deadline,
                                                  const std::stop_token& stop);
  // Null where the terminal was reached on another way meanwhile.
  Reached<std::shared_ptr<Connection>> greet(Stream stream, std::string_view transport, const Job& job,
                                             Deadline deadline, const std::stop_token& stop);

  PairingStore& store_;
  const std::vector<std::shared_ptr<Transport>> transports_;
  const Clock& clock_;
  const DialerOptions options_;
};

}  // namespace countersign::link
