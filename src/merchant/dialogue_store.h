// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/dialogue_information.h"
#include "storage/database.h"

namespace countersign::merchant {

// Dialogue is what is agreed between one wallet and the gateway about one checkout since the wallet opened
// it: all that later messages are held against.
struct Dialogue {
  std::string checkout;
  documents::OrderProfile profile = documents::OrderProfile::kPlain;
  Sha256Digest merchant;       // of the certificate that the gateway acts with
  Bytes purchaser, agreement;  // DER
  Sha256Digest wallet_nonce, gateway_nonce;
  Bytes statement;  // CMS of the personal information, or empty before it was verified
  std::optional<documents::OrderGroup> group = {};  // that the wallet approves it with
};

Result<std::optional<Dialogue>> find_dialogue(storage::Reader& reader, std::string_view checkout);
// Takes the place of an earlier dialogue about the same checkout.
Result<void> put_dialogue(storage::Transaction& transaction, const Dialogue& dialogue);
// The fields that a verified statement released for a checkout; none before.
Result<std::vector<documents::AnsweredField>> released_information(storage::Reader& reader,
                                                                   std::string_view checkout);
// The subject (RFC 4514 text) of who proved the key of a certificate for this checkout; empty before.
Result<std::string> proven_holder(storage::Reader& reader, std::string_view checkout);
// Forgets the statement with all that it says of a person. What was signed as an order stays.
Result<void> erase_statement(storage::Transaction& transaction, std::string_view checkout);

}  // namespace countersign::merchant
