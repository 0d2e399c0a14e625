// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>

#include "mediator/channels.h"
#include "mediator/conversation.h"

namespace countersign::mediator {

// Relay carries one purchase between screen, wallet and gateway, from the search for the wallet to the end.
// It keeps nothing.
class Relay {
 public:
  struct Sides {
    PurchaseScreen& screen;
    WalletAccess& wallets;
    GatewayAccess& gateways;
  };
  // The sides outlive it. `code` as Conversation has it.
  Relay(PurchaseNotice notice, std::string code, Sides sides);

  // Blocks until the purchase is over; the screen has shown the end then. Once.
  void run();
  // Where the browser's words go meanwhile, from any thread: take_answer, cancel, leave, refuse.
  Conversation& conversation() { return conversation_; }

 private:
  void relay_frames();
  void tell_wallet(const link::Control& message);
  void stop();

  const PurchaseNotice notice_;
  const Sides sides_;
  std::stop_source search_;
  std::mutex mutex_;  // guards the following two while run() searches
  std::unique_ptr<WalletLink> wallet_;
  bool stopped_ = false;
  std::optional<Channels> channels_;  // set before the conversation begins
  Conversation conversation_;
};

// Six digits to be compared on PC and terminal.
std::string comparison_code();

}  // namespace countersign::mediator
