// SPDX-License-Identifier: Apache-2.0
#include "mediator/native_host.h"

#include "base/log.h"
#include "http/message.h"

namespace countersign::mediator {

void NativeHost::serve() {
  for (;;) {
    const auto received = port_.receive();
    if (!received && received.error().code == ErrorCode::kGone) break;
    const Result<void> taken = received ? take(received.value()) : Result<void>(fail(received.error()));
    if (taken) continue;
    const Error& error = taken.error();
    log_error("browser_message_refused", error);
    static_cast<void>(port_.send(write_error(error, http::remedy_of(error.code))));
    if (relay_) relay_->conversation().refuse(error);
    break;
  }
  if (relay_) relay_->conversation().leave();
  if (relaying_.joinable()) relaying_.join();
}

Result<void> NativeHost::take(BytesView json) {
  TRY(auto message, read_browser_message(json));
  return std::visit([this](auto& known) { return take_message(std::move(known)); }, message);
}

Result<void> NativeHost::take_message(StartPurchase start) {
  if (relay_) return fail(ErrorCode::kConflict, "start: a purchase is under way");
  relay_.emplace(std::move(start.notice), std::string(),
                 Relay::Sides{*this, means_.wallets, means_.gateways});
  relaying_ = std::thread([this] {
    relay_->run();
    port_.wake();
  });
  return ok();
}

Result<void> NativeHost::take_message(AnswerReview answer) {
  if (!relay_) return fail(ErrorCode::kConflict, "answer: no purchase is under way");
  relay_->conversation().take_answer(answer.answer);
  return ok();
}

Result<void> NativeHost::take_message(CancelPurchase) {
  if (!relay_) return fail(ErrorCode::kConflict, "cancel: no purchase is under way");
  relay_->conversation().cancel();
  return ok();
}

Result<void> NativeHost::take_message(AskStatus) {
  static_cast<void>(port_.send(write_status(means_.equipment(), means_.version)));
  return ok();
}

void NativeHost::show_progress(std::string_view state) {
  static_cast<void>(port_.send(write_progress(state)));
}

void NativeHost::show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) {
  static_cast<void>(port_.send(write_review(orders, not_shown)));
}

void NativeHost::show_end(const PurchaseEnd& end) {
  static_cast<void>(port_.send(write_end(end)));
}

}  // namespace countersign::mediator
