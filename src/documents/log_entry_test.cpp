// SPDX-License-Identifier: Apache-2.0
#include "documents/log_entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "merkle/tree.h"

namespace countersign::documents {
namespace {

constexpr const char* kId = "f3d1c2b4-5a69-4788-9abc-def012345678";

// Nonce 00 … 1f, "confirmation" for the DER; the commitment is what `openssl dgst -sha256` says of both.
LogEntry sample_entry() {
  Bytes nonce(kLogNonceSize);
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(i);
  return entry_of_confirmation(kId, nonce, as_bytes("confirmation"));
}

TEST(LogEntry, HasKindIdAndCommitmentInOneForm) {
  EXPECT_EQ(hex_encode(write_log_entry(sample_entry())),
            "01"
            "f3d1c2b45a6947889abcdef012345678"
            "e934ce3804f993e900c83cac0432aef5a508e4e2c6fc9056dc4572ad19ec3d66");
  EXPECT_EQ(hex_encode(write_log_entry(left_out_entry())), "02" + std::string(96, '0'));
}

TEST(LogEntry, ReadsBackAsItWasWritten) {
  for (const LogEntry& entry : {sample_entry(), left_out_entry()}) {
    const auto read = parse_log_entry(write_log_entry(entry));
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value(), entry);
  }
  EXPECT_EQ(uuid_of(sample_entry()), kId);
}

TEST(LogEntry, CommitsToTheNonceAndToEveryOctet) {
  const LogEntry entry = entry_of_confirmation(kId, Bytes(kLogNonceSize, 1), as_bytes("confirmation"));
  EXPECT_NE(entry.commitment,
            entry_of_confirmation(kId, Bytes(kLogNonceSize, 2), as_bytes("confirmation")).commitment);
  EXPECT_NE(entry.commitment,
            entry_of_confirmation(kId, Bytes(kLogNonceSize, 1), as_bytes("confirmatioN")).commitment);
  EXPECT_EQ(entry_of_confirmation(kId, {}, as_bytes("abc")).commitment,
            entry_of_confirmation(kId, as_bytes("a"), as_bytes("bc")).commitment)
      << "which is why a nonce has one length";
}

// The words of each row of tests/vectors/log/entries.txt.
std::vector<std::vector<std::string>> vector_rows() {
  std::vector<std::vector<std::string>> rows;
  std::ifstream file(COUNTERSIGN_LOG_VECTORS "/entries.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return rows;
}
Bytes octets(const std::string& text) {
  return text == "-" ? Bytes() : hex_decode(text).value();
}

TEST(LogEntry, IsWhatTheVectorsSay) {
  const auto rows = vector_rows();
  ASSERT_GT(rows.size(), 10U);
  for (const auto& row : rows) {
    if (row[0] == "refused-entry") {
      EXPECT_FALSE(parse_log_entry(octets(row.at(1)))) << row[1];
      continue;
    }
    const bool is_left_out = row[0] == "left-out";
    ASSERT_TRUE(is_left_out || row[0] == "entry") << row[0];
    const LogEntry entry = is_left_out
                               ? left_out_entry()
                               : entry_of_confirmation(row.at(1), octets(row.at(2)), octets(row.at(3)));
    EXPECT_EQ(hex_encode(write_log_entry(entry)), row[row.size() - 2]);
    EXPECT_EQ(hex_encode(merkle::leaf_hash(write_log_entry(entry))), row.back());
    EXPECT_EQ(parse_log_entry(octets(row[row.size() - 2])).value(), entry);
  }
}

struct SpoiledEntry {
  const char* name;
  Bytes bytes;
  ErrorCode code;
};

Bytes changed(const LogEntry& entry, std::size_t at, std::uint8_t octet) {
  Bytes bytes = to_bytes(write_log_entry(entry));
  bytes.at(at) = octet;
  return bytes;
}

TEST(LogEntry, RefusesEveryOtherForm) {
  const Bytes good = to_bytes(write_log_entry(sample_entry()));
  Bytes longer = good;
  longer.push_back(0);
  const SpoiledEntry rows[] = {
      {"nothing", {}, ErrorCode::kMalformed},
      {"an octet too few", to_bytes(BytesView(good).first(48)), ErrorCode::kMalformed},
      {"an octet too many", longer, ErrorCode::kMalformed},
      {"kind 0", changed(sample_entry(), 0, 0), ErrorCode::kUnsupported},
      {"kind 3", changed(sample_entry(), 0, 3), ErrorCode::kUnsupported},
      {"an id of version 7", changed(sample_entry(), 7, 0x77), ErrorCode::kMalformed},
      {"an id of another variant", changed(sample_entry(), 9, 0x1a), ErrorCode::kMalformed},
      {"an index left out with an id", changed(left_out_entry(), 1, 1), ErrorCode::kMalformed},
      {"an index left out with a commitment", changed(left_out_entry(), 48, 1), ErrorCode::kMalformed},
      {"a confirmation without an id", changed(left_out_entry(), 0, 1), ErrorCode::kMalformed},
  };
  for (const SpoiledEntry& row : rows) {
    const auto read = parse_log_entry(row.bytes);
    ASSERT_FALSE(read) << row.name;
    EXPECT_EQ(read.error().code, row.code) << row.name;
  }
}

TEST(LogEntry, IsMadeOfNoIdButAConfirmations) {
  for (const char* id : {"", "0192f0c1-2a3b-7c4d-8e5f-001122334455", "F3D1C2B4-5A69-4788-9ABC-DEF012345678"})
    EXPECT_THROW(entry_of_confirmation(id, {}, {}), std::invalid_argument) << id;
}

}  // namespace
}  // namespace countersign::documents
