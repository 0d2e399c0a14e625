// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "wallet/identity.h"

namespace countersign::wallet {

// CardData keeps small data of the holder's on the card. Of a card that takes no objects (PIV) it lies in the
// wallet's store, sealed to the card's agreement key: reading it takes the card and its PIN all the same. All
// need the card to be logged in.
class CardData {
 public:
  explicit CardData(Parties parties) : parties_(parties) {}

  // In the place of what the label held. kNotFound where it is to be sealed and there is no certificate yet.
  Result<void> store(std::string_view label, const crypto::SecretBytes& value);
  // kNotFound where nothing is stored; kMalformed where that is damaged; kUnavailable where it is sealed and
  // no certificate of the agreement key is there to open it with.
  Result<crypto::SecretBytes> read(std::string_view label);
  Result<void> remove(std::string_view label);  // kNotFound
  // Which of these labels hold something.
  Result<std::vector<std::string>> held(const std::vector<std::string>& labels);

 private:
  Result<Bytes> sealed(std::string_view label);  // empty when there is none
  Result<void> keep_sealed(std::string_view label, BytesView envelope);
  Result<crypto::SecretBytes> open(BytesView envelope);
  Parties parties_;
};

}  // namespace countersign::wallet
