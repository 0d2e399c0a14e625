// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "wallet/card_data.h"
#include "wallet/payment_means.h"
#include "wallet/personal_data.h"

namespace countersign::wallet {

// HolderDataSummary is what the wallet knows of the data on the card while the card is closed: which fields
// there are, not what stands in them, and summaries of the ways to pay.
struct HolderDataSummary {
  std::vector<documents::PersonalField> fields;
  std::vector<MeansSummary> means;
  std::vector<std::string> unreadable;  // ids of ways to pay that are damaged: there to be removed
};

// HolderData keeps the holder's personal and payment data on the card (card_data.h), under the labels
// "countersign:personal" and "countersign:payment:<n>" (F4); what the wallet remembers of it is the summary,
// sealed. All but `summary` need the card to be logged in.
class HolderData {
 public:
  explicit HolderData(Parties parties) : parties_(parties), data_(parties) {}

  Result<HolderDataSummary> summary();
  Result<PersonalData> personal();  // empty when there is none
  Result<void> keep_personal(const PersonalData& data);
  // Stores a new way to pay and returns its id; kTooLarge beyond nine, and what check_payment_data says.
  Result<std::string> add_means(PaymentMeans means);
  Result<PaymentMeans> means(const std::string& id);  // kNotFound
  Result<void> remove_means(const std::string& id);   // kNotFound
  // Reads all of it, so that `summary` tells what is on a card that another wallet filled.
  Result<HolderDataSummary> review();

 private:
  Result<void> keep_summary(const HolderDataSummary& summary);
  Parties parties_;
  CardData data_;
};

}  // namespace countersign::wallet
