// SPDX-License-Identifier: Apache-2.0
// tests/vectors/refused: every file is refused, by the code that stands beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "base/text.h"
#include "checkpoint/log_proof.h"
#include "checkpoint/witness_messages.h"
#include "evidence/receipt.h"
#include "evidence/stamps.h"

namespace countersign::evidence {
namespace {

using checkpoint::VerifierKey;

// Says why a file is refused, or nothing.
using Reader = std::function<std::string_view(const std::string& file)>;

std::string read(const std::string& name) {
  std::ifstream file(COUNTERSIGN_VECTORS "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <typename Value>
std::string_view code_of(const Result<Value>& result) {
  return result ? "" : error_name(result.error().code);
}
std::string_view code_of(const std::vector<Finding>& findings) {
  return findings.empty() ? "" : error_name(findings.front().code);
}

template <typename Parse>
Reader reads(const Parse& parse) {
  return [parse](const std::string& file) { return code_of(parse(file)); };
}

// Of log, another signer, and two witnesses.
std::vector<VerifierKey> keys() {
  std::vector<VerifierKey> keys;
  for (const std::string& line : split(read("log/keys"), '\n'))
    keys.push_back(VerifierKey::parse(line.substr(line.find(' ') + 1)).value());
  return keys;
}

std::string_view verify_checkpoint(const std::string& file) {
  const std::vector<VerifierKey> known = keys();
  return code_of(checkpoint::verify_checkpoint(file, known.at(0), std::span(known).subspan(2)));
}

std::string_view verify_receipt(const std::string& file) {
  const auto root = x509::Certificate::from_pem(read("receipts/network-root.pem")).value();
  const auto policy = checkpoint::Policy::parse(read("receipts/policy")).value();
  return code_of(evidence::verify_receipt(as_bytes(file), root, &policy, {}).findings);
}

std::string_view judge_stamps(const std::string& file) {
  const auto stamps = documents::parse_stamps(as_bytes(file));
  if (!stamps) return code_of(stamps);
  const AgeOptions options{
      .now = parse_time("2031-01-01T00:00:00Z").value(),
      .authorities = {{}, x509::stamp_roots_from_pem(read("receipts/notary-root.pem")).value()}};
  const std::string receipt = read("receipts/good.countersign-receipt.json");
  return code_of(
      evidence::judge_stamps(stamped_evidence(as_bytes(receipt)).value(), stamps.value(), options).findings);
}

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> all = {
      {"verifier-key", reads(VerifierKey::parse)},
      {"note", reads(checkpoint::parse_note)},
      {"checkpoint", verify_checkpoint},
      {"add-checkpoint", reads(checkpoint::parse_add_checkpoint)},
      {"signature-lines", reads(checkpoint::parse_signature_lines)},
      {"known-size", reads(checkpoint::parse_known_size)},
      {"proof", reads(checkpoint::parse_log_proof)},
      {"policy", reads(checkpoint::Policy::parse)},
      {"receipt", verify_receipt},
      {"stamps", judge_stamps},
      {"sunsets", reads(AlgorithmPolicy::parse)}};
  return all;
}

TEST(RefusedVectors, AreRefusedByTheCodeThatStandsBesideThem) {
  int judged = 0;
  std::string why;
  for (const std::string& line : split(read("refused/files.txt"), '\n')) {
    if (line.starts_with("# ")) why = line;
    if (line.empty() || line.starts_with("#")) continue;
    const std::string file = line.substr(0, line.find(' '));
    EXPECT_EQ(readers().at(file.substr(0, file.find('/')))(read("refused/" + file)),
              line.substr(file.size() + 1))
        << file << ": " << why;
    ++judged;
  }
  EXPECT_GT(judged, 90);
}

TEST(RefusedVectors, AreOfReadersThatTakeTheGoodOnes) {
  for (const auto& [form, file] :
       std::multimap<std::string, std::string>{{"note", "log/note"},
                                               {"checkpoint", "log/cosigned-checkpoint"},
                                               {"add-checkpoint", "log/add-checkpoint"},
                                               {"signature-lines", "log/signature-lines"},
                                               {"known-size", "log/known-size"},
                                               {"proof", "log/inclusion-with-extra.tlog-proof"},
                                               {"policy", "log/policy"},
                                               {"receipt", "receipts/good.countersign-receipt.json"},
                                               {"stamps", "receipts/good.countersign-stamps.json"},
                                               {"sunsets", "receipts/sunsets"}})
    EXPECT_EQ(readers().at(form)(read(file)), "") << file;
  EXPECT_EQ(keys().size(), 4U);
}

}  // namespace
}  // namespace countersign::evidence
