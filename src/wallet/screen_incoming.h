// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/holder_data.h"
#include "wallet/incoming.h"
#include "wallet/link_service.h"
#include "wallet/screen_routes.h"

namespace countersign::wallet {

// IncomingApi is the part of the screen's API for purchases from paired PCs: what is asked, the holder's
// answer, pairings, and the data on the card.
class IncomingApi {
 public:
  // All outlive it.
  IncomingApi(Parties parties, IncomingDesk& desk, Pairings& pairings, LinkState link)
      : parties_(parties), data_(parties), desk_(desk), pairings_(pairings), link_(std::move(link)) {}
  void add_to(ScreenRoutes routes);

 private:
  using Answer = ScreenRoutes::Answer;
  using Lines = ScreenRoutes::Lines;

  void add_data_routes(ScreenRoutes& routes);
  Answer show(const http::Request& request);
  Answer approve(const std::string& id, const Lines& lines);
  Answer list_pairings();
  // Logs the card in by the first line, and out when `work` is done.
  Answer with_card(const Lines& lines, const std::function<Answer()>& work);
  Answer show_personal();
  Answer show_summary(const Result<HolderDataSummary>& summary);

  Parties parties_;
  HolderData data_;
  IncomingDesk& desk_;
  Pairings& pairings_;
  const LinkState link_;
};

}  // namespace countersign::wallet
