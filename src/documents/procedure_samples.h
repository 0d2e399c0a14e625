// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/document_samples.h"
#include "documents/event.h"
#include "documents/procedure.h"

// A procedure of the four kinds, for tests: charge, then invoice and broker side by side, then ship.
namespace countersign::documents {

inline x509::Name sample_service(std::string_view common_name) {
  return sample_name("CN=" + std::string(common_name) + ",OU=services,OU=seoul-1,OU=kr,O=Countersign Demo");
}

inline Procedure sample_procedure() {
  using std::chrono::hours;
  const auto service = [](std::string_view name, std::string_view kind, std::string_view called) {
    return ProcedureService{std::string(name), std::string(kind), sample_service(called),
                            "https://" + std::string(name) + ".example/v1"};
  };
  return {.name = "goods",
          .revision = 1,
          .merchant = sample_merchant().subject,
          .services = {service("card", kChargingKind, "Card Desk"),
                       service("books", kBillingKind, "Book-Keeping"),
                       service("market", kBrokerageKind, "Market"),
                       service("parcels", kLogisticsKind, "Parcels")},
          .persons = {{"Sales desk", "desk@shop.example"}},
          .steps = {{.name = "charge",
                     .service = "card",
                     .act = {"capture", Seconds(600), 1},
                     .undo = PlannedAct{"refund", hours(24), 3},
                     .after = {},
                     .takes = {},
                     .needs = {Need::kAmount, Need::kAuthorization},
                     .otherwise = Otherwise::kUndo},
                    {.name = "invoice",
                     .service = "books",
                     .act = {"invoice", hours(1), 2},
                     .undo = PlannedAct{"credit-note", hours(24), 3},
                     .after = {"charge"},
                     .takes = {"charge"},
                     .needs = {Need::kAmount, Need::kLines, Need::kBilling},
                     .otherwise = Otherwise::kUndo},
                    {.name = "broker",
                     .service = "market",
                     .act = {"settle", hours(1), 1},
                     .undo = PlannedAct{"reverse", hours(24), 1},
                     .after = {"charge"},
                     .takes = {},
                     .needs = {Need::kAmount, Need::kReferrer},
                     .otherwise = Otherwise::kGoOn},
                    {.name = "ship",
                     .service = "parcels",
                     .act = {"ship", hours(72), 2},
                     .undo = {},
                     .after = {"invoice", "broker"},
                     .takes = {"invoice"},
                     .needs = {Need::kArticles, Need::kDelivery},
                     .otherwise = Otherwise::kUndo}},
          .point_of_no_return = "ship"};
}

}  // namespace countersign::documents
