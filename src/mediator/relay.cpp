// SPDX-License-Identifier: Apache-2.0
#include "mediator/relay.h"

#include "base/log.h"
#include "crypto/random.h"

namespace countersign::mediator {

Relay::Relay(PurchaseNotice notice, std::string code, Sides sides)
    : notice_(std::move(notice)),
      sides_(sides),
      conversation_(
          notice_, crypto::random_uuid_v4(), std::move(code),
          {sides.screen, [this](const link::Control& message) { tell_wallet(message); },
           [this](const auto& gateway) { channels_->cancel_at_shop(gateway); }, [this] { stop(); }}) {}

void Relay::run() {
  conversation_.search();
  auto reached = sides_.wallets.reach(search_.get_token());
  if (!reached) {
    log_error("wallet_not_reached", reached.error().error);
    conversation_.fail_search(reached.error());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    wallet_ = std::move(reached).value();
  }
  channels_.emplace(
      notice_, sides_.gateways,
      Channels::Ways{[this](link::Frame frame) { static_cast<void>(wallet_->send(std::move(frame))); },
                     [this](const std::string& gateway, BytesView text) {
                       return conversation_.take_shop_message(gateway, text);
                     }});
  conversation_.begin();
  relay_frames();
  wallet_->close();
  channels_->close_all();
}

void Relay::relay_frames() {
  while (!conversation_.is_over()) {
    auto frame = wallet_->receive();
    if (!frame) {
      log_error("wallet_lost", frame.error());
      conversation_.lose_wallet(frame.error());
    } else if (frame.value().kind == link::FrameKind::kControl) {
      conversation_.take_wallet_message(frame.value().payload);
    } else {
      channels_->take(std::move(frame).value());
    }
  }
}

void Relay::tell_wallet(const link::Control& message) {
  auto json = link::write_control(message);
  // A notice that we accepted and the link does not carry is a fault of ours: better no purchase than a
  // silent one.
  if (!json) {
    log_error("message_not_written", json.error());
    return wallet_->close();
  }
  static_cast<void>(wallet_->send({link::FrameKind::kControl, 0, std::move(json).value()}));
}

// Whoever waits for the wallet does so no longer.
void Relay::stop() {
  search_.request_stop();
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (wallet_) wallet_->close();
}

std::string comparison_code() {
  const Bytes random = crypto::random_bytes(8);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : random) number = number << 8 | byte;
  std::string digits = std::to_string(number % 1'000'000);
  return digits.insert(0, 6 - digits.size(), '0');
}

}  // namespace countersign::mediator
