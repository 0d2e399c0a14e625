// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "documents/log_entry.h"
#include "documents/network_map.h"

namespace countersign::documents {

// What the authority says of the witnesses when it gives a receipt. Nobody signs it: who verifies counts
// cosignatures instead.
enum class WitnessState {
  kPending,      // they have been asked, or will be
  kWitnessed,    // as many as the authority asks for have cosigned this checkpoint
  kUnwitnessed,  // fewer did within their time
};
std::string_view witness_state_name(WitnessState state);  // "pending"

// Receipt is a confirmation together with the proof that it is in the public log of its data centre (type
// "receipt", version 1). Nobody signs it as a whole: each of its parts is signed by itself.
struct Receipt {
  Bytes confirmation;                               // DER of the signed confirmation
  std::array<std::uint8_t, kLogNonceSize> nonce{};  // opens the commitment in its log entry
  std::string proof;                                // a whole file of c2sp.org/tlog-proof@v1
  std::vector<Bytes> maps;                          // DER of signed network maps; 0–4
  WitnessState state = WitnessState::kPending;
};

inline constexpr std::size_t kMaxReceipt = 3 << 19;  // octets: 1.5 MiB
inline constexpr std::size_t kMaxReceiptMaps = 4;
inline constexpr std::string_view kReceiptMediaType = "application/vnd.countersign.receipt+json";
inline constexpr std::string_view kReceiptFileEnding = ".countersign-receipt.json";

// write_receipt trusts its caller, as write_confirmation does: every member must be one that parse_receipt
// accepts.
Bytes write_receipt(const Receipt& receipt);
// kMalformed, kTooLarge, kUnsupported. Says nothing about what the parts are worth, nor whether they can be
// read: see evidence/receipt.h.
Result<Receipt> parse_receipt(BytesView json);

}  // namespace countersign::documents
