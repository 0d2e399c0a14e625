// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

#include "http/server.h"
#include "wallet/enrolment.h"
#include "wallet/holder.h"
#include "wallet/payment.h"
#include "wallet/screen_gate.h"

namespace countersign::wallet {

// ScreenApi is the JSON API behind the local screen. PINs, passwords and codes arrive as text/plain, one on
// each line in the order that the route names, so that they never pass through a JSON parser.
class ScreenApi {
 public:
  ScreenApi(Parties parties, ScreenGate& gate);
  void add_to(http::Router& router);
  // What takes a PIN holds it; see below.
  std::mutex& card_mutex() { return card_; }

 private:
  using Answer = Result<http::Response>;
  using Secrets = std::vector<crypto::SecretBytes>;

  Answer session(const http::Request& request);
  Answer state();
  Answer begin_enrolment(const http::Request& request);
  Answer show_enrolment(const std::string& id);
  Answer begin_purchase(const http::Request& request);
  Answer save_confirmation(const std::string& id);
  Answer certificates(const Secrets& secrets);
  Answer keep_locale(const http::Request& request);

  Parties parties_;
  ScreenGate& gate_;
  EnrolmentDesk enrolments_;
  PaymentDesk payments_;
  HolderDesk holder_;
  // Guards the card's log-in, from a request's log-in to its log-out: another request's log-out in between
  // would end it. So only what takes a PIN holds it. Showing, beginning and cancelling do not use private
  // keys; the card and the store are thread-safe by themselves, and the store changes a purchase only from
  // the state that the change needs, so that of an approval and a cancelling at the same time one is refused.
  std::mutex card_;
};

}  // namespace countersign::wallet
