// SPDX-License-Identifier: Apache-2.0
#include "documents/receipt.h"

#include <algorithm>

#include "checkpoint/log_proof.h"
#include "documents/json.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxConfirmation = 256 << 10;
// The proof is a file of lines.
constexpr JsonLimits kLimits{.bytes = kMaxReceipt, .depth = 2, .members = 16, .line_feeds = true};
constexpr std::array kStates{WitnessState::kPending, WitnessState::kWitnessed, WitnessState::kUnwitnessed};

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "receipt." + std::string(what));
}

Result<std::vector<Bytes>> read_maps(ObjectReader& reader) {
  TRY(const std::vector<std::string> texts,
      reader.texts("maps", kMaxReceiptMaps, (kMaxSignedNetworkMap + 2) / 3 * 4));
  std::vector<Bytes> maps;
  for (const std::string& text : texts) {
    auto map = base64_decode(text);
    if (!map) return fail(std::move(map).error(), "receipt.maps[" + std::to_string(maps.size()) + "]");
    maps.push_back(std::move(map).value());
  }
  return maps;
}

Result<WitnessState> read_state(ObjectReader& reader) {
  TRY(const std::string stated, reader.text("states", 16));
  const auto found = std::ranges::find(kStates, stated, witness_state_name);
  if (found == kStates.end()) return fail(ErrorCode::kUnsupported, "receipt.states: not known");
  return *found;
}

}  // namespace

std::string_view witness_state_name(WitnessState state) {
  switch (state) {
    case WitnessState::kPending:
      return "pending";
    case WitnessState::kWitnessed:
      return "witnessed";
    case WitnessState::kUnwitnessed:
      return "unwitnessed";
  }
  return "pending";
}

// Base64 needs no escaping; only the proof does.
Bytes write_receipt(const Receipt& receipt) {
  std::size_t binary = receipt.confirmation.size();
  for (const Bytes& map : receipt.maps) binary += map.size();
  Bytes json;
  json.reserve(binary * 4 / 3 + receipt.proof.size() * 9 / 8 + 512);
  const auto put = [&json](std::string_view text) { json.insert(json.end(), text.begin(), text.end()); };
  put(R"({"type":"receipt","version":1,"confirmation":")");
  append_base64(json, receipt.confirmation);
  put(R"(","nonce":")");
  append_base64(json, receipt.nonce);
  put(R"(","proof":)");
  put(write_json(boost::json::value(boost::json::string_view(receipt.proof))));
  put(R"(,"maps":[)");
  for (const Bytes& map : receipt.maps) {
    put(&map == &receipt.maps.front() ? "\"" : ",\"");
    append_base64(json, map);
    put("\"");
  }
  put(R"(],"states":")");
  put(witness_state_name(receipt.state));
  put("\"}");
  return json;
}

Result<Receipt> parse_receipt(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "receipt", kLimits));
  TRY(reader.expect("receipt", 1));
  Receipt receipt;
  TRY(receipt.confirmation, reader.base64("confirmation", kMaxConfirmation));
  TRY(const Bytes nonce, reader.base64("nonce", kLogNonceSize));
  if (nonce.size() != kLogNonceSize) return malformed("nonce: not 32 octets");
  std::ranges::copy(nonce, receipt.nonce.begin());
  TRY(receipt.proof, reader.text("proof", checkpoint::kMaxLogProofSize));
  TRY(receipt.maps, read_maps(reader));
  TRY(receipt.state, read_state(reader));
  TRY(reader.finish());
  return receipt;
}

}  // namespace countersign::documents
