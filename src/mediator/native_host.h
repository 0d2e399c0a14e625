// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "mediator/native_port.h"
#include "mediator/relay.h"

namespace countersign::mediator {

// NativeHost serves the extension: tells it how this PC is equipped, and carries one purchase.
class NativeHost final : private PurchaseScreen {
 public:
  struct Means {
    WalletAccess& wallets;
    GatewayAccess& gateways;
    std::function<Equipment()> equipment;
    std::string version;
  };
  // `port` and `means` outlive it.
  NativeHost(NativePort& port, Means means) : port_(port), means_(std::move(means)) {}

  // Serves until the purchase is over or the browser has closed. A message that is malformed or may not come
  // now is answered by an error, and ends the purchase with it.
  void serve();

 private:
  Result<void> take(BytesView json);
  Result<void> take_message(StartPurchase start);
  Result<void> take_message(AnswerReview answer);
  Result<void> take_message(CancelPurchase cancel);
  Result<void> take_message(AskStatus ask);

  void show_progress(std::string_view state) override;
  void show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) override;
  void show_end(const PurchaseEnd& end) override;

  NativePort& port_;
  const Means means_;
  std::optional<Relay> relay_;
  std::thread relaying_;
};

}  // namespace countersign::mediator
