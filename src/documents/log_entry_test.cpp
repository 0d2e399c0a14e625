// SPDX-License-Identifier: Apache-2.0
#include "documents/log_entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "documents/log_entry_samples.h"
#include "merkle/tree.h"
#include "sample/take.h"
#include "x509/sample_network.h"

namespace countersign::documents {
namespace {

constexpr const char* kId = "f3d1c2b4-5a69-4788-9abc-def012345678";

Bytes sample_message() {
  return unsigned_message("confirmation", "certificates and signer");
}

// Nonce 00 … 1f.
LogEntry sample_entry() {
  Bytes nonce(kLogNonceSize);
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(i);
  return take(entry_of_confirmation(kId, nonce, sample_message()));
}

TEST(LogEntry, HasKindIdAndCommitmentInOneForm) {
  EXPECT_EQ(hex_encode(write_log_entry(sample_entry())),
            "01"
            "f3d1c2b45a6947889abcdef012345678"
            "30de002802369951274c51bba2f7c239c33375be052a2572332ea4b6591c7c93");
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
  const Bytes nonce(kLogNonceSize, 1);
  const Sha256Digest commitment = take(commitment_to(nonce, sample_message()));
  EXPECT_NE(commitment, take(commitment_to(Bytes(kLogNonceSize, 2), sample_message())));
  for (std::size_t at = 0; at < sample_message().size(); ++at) {
    Bytes altered = sample_message();
    altered[at] ^= 1;
    const auto other = commitment_to(nonce, altered);
    EXPECT_TRUE(!other || other.value() != commitment) << at;
  }
}

TEST(LogEntry, CommitsToWhatWasSignedHere) {
  const x509::SampleNetwork network;
  const auto signer = take(x509::CmsSigner::create(network.signer_of(network.issue_merchant())));
  const auto message = take(signer.sign_message(as_bytes("confirmation"), {}));
  const Bytes nonce(kLogNonceSize, 1);
  EXPECT_EQ(entry_of_confirmation(kId, nonce, message), take(entry_of_confirmation(kId, nonce, message.der)));
}

TEST(LogEntry, IsMadeOfMessagesInTheOneFormAlone) {
  const Bytes good = sample_message();
  Bytes longer = good;
  longer.push_back(0);
  Bytes version_3 = good;
  const std::size_t version_at = 19;  // behind the headers of the outer four elements
  ASSERT_EQ(version_3.at(version_at), 1);
  version_3[version_at] = 3;
  const std::pair<const char*, Bytes> rows[] = {
      {"nothing", {}},
      {"a text", to_bytes("confirmation")},
      {"an octet too few", to_bytes(BytesView(good).first(good.size() - 1))},
      {"an octet too many", longer},
      {"another version", version_3},
  };
  for (const auto& [name, bytes] : rows) {
    const auto entry = entry_of_confirmation(kId, Bytes(kLogNonceSize, 1), bytes);
    ASSERT_FALSE(entry) << name;
    EXPECT_EQ(entry.error().code, ErrorCode::kMalformed) << name;
  }
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
    if (row[0] == "refused-confirmation") {
      EXPECT_FALSE(commitment_to({}, octets(row.at(1)))) << row[1];
      continue;
    }
    const bool is_left_out = row[0] == "left-out";
    ASSERT_TRUE(is_left_out || row[0] == "entry") << row[0];
    const LogEntry entry = is_left_out
                               ? left_out_entry()
                               : take(entry_of_confirmation(row.at(1), octets(row.at(2)), octets(row.at(3))));
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
    EXPECT_THROW(static_cast<void>(entry_of_confirmation(id, {}, sample_message())), std::invalid_argument)
        << id;
}

}  // namespace
}  // namespace countersign::documents
