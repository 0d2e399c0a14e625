// SPDX-License-Identifier: Apache-2.0
#include "documents/receipt.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Receipt sample_receipt() {
  Receipt receipt;
  receipt.confirmation = {0x30, 0x03, 0x0a, 0x01, 0x00};
  receipt.nonce.fill(7);
  receipt.proof =
      "c2sp.org/tlog-proof@v1\nindex 0\n\nseoul-1.example/log\n1\n"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— seoul-1.example/log AAAAAAAA\n";
  receipt.maps = {{0x30, 0x01}, {0x30, 0x02}};
  receipt.state = WitnessState::kWitnessed;
  return receipt;
}

TEST(Receipt, ReadsBackAsItWasWritten) {
  for (const auto state : {WitnessState::kPending, WitnessState::kWitnessed, WitnessState::kUnwitnessed}) {
    Receipt receipt = sample_receipt();
    receipt.state = state;
    if (state == WitnessState::kPending) receipt.maps.clear();
    const auto read = parse_receipt(write_receipt(receipt));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value().confirmation, receipt.confirmation);
    EXPECT_EQ(read.value().nonce, receipt.nonce);
    EXPECT_EQ(read.value().proof, receipt.proof);
    EXPECT_EQ(read.value().maps, receipt.maps);
    EXPECT_EQ(read.value().state, state);
  }
}

TEST(Receipt, IsWrittenAsTheGeneralWriterWouldWriteIt) {
  const Bytes written = write_receipt(sample_receipt());
  EXPECT_EQ(write_json(parse_json(written, {.line_feeds = true}).value()), as_text(written));
  EXPECT_TRUE(
      as_text(written).starts_with(R"({"type":"receipt","version":1,"confirmation":"MAMKAQA=","nonce":")"));
  EXPECT_TRUE(as_text(written).ends_with(R"(,"maps":["MAE=","MAI="],"states":"witnessed"})"));
}

TEST(Receipt, HoldsTheLargestConfirmationAndMap) {
  Receipt receipt = sample_receipt();
  receipt.maps = {Bytes(800 << 10)};
  receipt.confirmation.resize(256 << 10);
  const auto read = parse_receipt(write_receipt(receipt));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().maps, receipt.maps);
  receipt.maps.emplace_back(100 << 10);
  EXPECT_EQ(parse_receipt(write_receipt(receipt)).error().code, ErrorCode::kTooLarge);
  receipt.maps.clear();
  receipt.confirmation.push_back(0);
  EXPECT_EQ(parse_receipt(write_receipt(receipt)).error().code, ErrorCode::kTooLarge);
}

// Line feeds stand in the proof: the general helpers of documents read without them.
void expect_refused(const SpoiledDocument& row) {
  boost::json::value value = parse_json(write_receipt(sample_receipt()), {.line_feeds = true}).value();
  row.spoil(value.get_object());
  const auto parsed = parse_receipt(as_bytes(write_json(value)));
  ASSERT_FALSE(parsed) << row.name;
  EXPECT_EQ(parsed.error().code, row.code) << row.name << ": " << parsed.error().detail;
  EXPECT_THAT(parsed.error().detail, testing::HasSubstr(row.detail)) << row.name;
}

TEST(Receipt, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  const SpoiledDocument rows[] = {
      {"another type", [](auto& o) { o["type"] = "confirmation"; }, kUnsupported, "type"},
      {"another version", [](auto& o) { o["version"] = 2; }, kUnsupported, "version"},
      {"no confirmation", [](auto& o) { o.erase("confirmation"); }, kMalformed, "receipt.confirmation"},
      {"an empty confirmation", [](auto& o) { o["confirmation"] = ""; }, kMalformed, "receipt.confirmation"},
      {"base64 in another spelling", [](auto& o) { o["confirmation"] = "MAMKAQA\n"; }, kMalformed,
       "receipt.confirmation"},
      {"no nonce", [](auto& o) { o.erase("nonce"); }, kMalformed, "receipt.nonce"},
      {"a short nonce", [](auto& o) { o["nonce"] = base64_encode(Bytes(31)); }, kMalformed, "receipt.nonce"},
      {"a long nonce", [](auto& o) { o["nonce"] = base64_encode(Bytes(33)); }, kTooLarge, "receipt.nonce"},
      {"no proof", [](auto& o) { o.erase("proof"); }, kMalformed, "receipt.proof"},
      {"an empty proof", [](auto& o) { o["proof"] = ""; }, kMalformed, "receipt.proof"},
      {"a proof with a tab", [](auto& o) { o["proof"] = "index\t0\n"; }, kMalformed, "receipt"},
      {"a proof beyond its limit", [](auto& o) { o["proof"] = std::string((256 << 10) + 1, 'x'); },
       kMalformed, "receipt.proof"},
      {"no maps", [](auto& o) { o.erase("maps"); }, kMalformed, "receipt.maps"},
      {"maps that are null", [](auto& o) { o["maps"] = nullptr; }, kMalformed, "receipt.maps"},
      {"five maps", [](auto& o) { o["maps"] = boost::json::array(5, "MAE="); }, kTooLarge, "receipt.maps"},
      {"an empty map", [](auto& o) { o["maps"] = boost::json::array(1, ""); }, kMalformed, "receipt.maps[0]"},
      {"a map that is not base64", [](auto& o) { o["maps"].get_array()[1] = "*"; }, kMalformed,
       "receipt.maps[1]"},
      {"no state", [](auto& o) { o.erase("states"); }, kMalformed, "receipt.states"},
      {"an unknown state", [](auto& o) { o["states"] = "proven"; }, kUnsupported, "receipt.states"},
      {"a member more", [](auto& o) { o["surprise"] = 1; }, kMalformed, "receipt.surprise"},
  };
  for (const SpoiledDocument& row : rows) expect_refused(row);
}

TEST(Receipt, RefusesEveryTruncation) {
  const Bytes good = write_receipt(sample_receipt());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_receipt(BytesView(good).first(size))) << size;
}

}  // namespace
}  // namespace countersign::documents
