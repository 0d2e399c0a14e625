// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/policy.h"

#include "base/text.h"
#include "checkpoint/testing/vectors.h"

namespace countersign::checkpoint {
namespace {

using enum ErrorCode;

std::string log_line() {
  return "log " + log_signer().verifier().text() + "\n";
}
// A witness line whose key has a seed of this octet.
std::string witness_line(const std::string& name, std::uint8_t octet) {
  const auto signer = NoteSigner::create("witness.example/" + std::to_string(octet), KeyType::kCosignature,
                                         key_of_seed(hex_encode(Bytes(32, octet))));
  return "witness " + name + " " + signer.value().verifier().text() + "\n";
}
// Witnesses A, B, C.
std::string witnesses() {
  return witness_line("A", 1) + witness_line("B", 2) + witness_line("C", 3);
}
// A policy of the log and the witnesses of the vectors, by the names w1 and w2.
Policy of_vectors(const std::string& rest) {
  return Policy::parse(log_line() + "witness w1 " + witness_signer().verifier().text() + "\nwitness w2 " +
                       second_witness_signer().verifier().text() + "\n" + rest)
      .value();
}

bool satisfies(const Policy& policy, const std::vector<std::string>& names) {
  return policy.is_satisfied_by(names);
}

TEST(Policy, OfAnotherProgramIsRead) {
  const auto policy = Policy::parse(read_vector("policy"));
  ASSERT_TRUE(policy) << policy.error().detail;
  ASSERT_EQ(policy.value().logs().size(), 1U);
  EXPECT_EQ(policy.value().logs()[0], log_signer().verifier());
  EXPECT_EQ(policy.value().log_urls(), std::vector<std::string>{"https://dc1.example/log/"});
  const std::vector<std::string> names = {"dc1", "dc2", "dc3", "notary", "university", "newspaper"};
  EXPECT_EQ(policy.value().witness_names(), names);
  ASSERT_EQ(policy.value().witnesses().size(), 6U);
  EXPECT_EQ(policy.value().witnesses()[3].name, "witness.example/notary");
  ASSERT_EQ(policy.value().witness_urls().size(), 6U);
  EXPECT_EQ(policy.value().witness_urls()[0], "https://witness.example/dc1/");
  EXPECT_EQ(policy.value().witness_urls()[1], "");
  EXPECT_FALSE(policy.value().needs_no_witness());
}

TEST(Policy, FindsTheSameSetsEnoughAsAnotherProgram) {
  const Policy policy = Policy::parse(read_vector("policy")).value();
  int enough = 0;
  const std::vector<std::string> rows = split(read_vector("policy-verdicts"), '\n');
  for (const std::string& row : rows) {
    std::vector<std::string> names = split(row, ' ');
    const bool expected = names.front() == "enough";
    names.erase(names.begin());
    EXPECT_EQ(satisfies(policy, names), expected) << row;
    enough += expected ? 1 : 0;
  }
  EXPECT_EQ(rows.size(), 64U);
  EXPECT_EQ(enough, 20);
}

TEST(Policy, CountsThresholds) {
  struct Row {
    const char* name;
    std::string lines;
    std::vector<std::string> enough, too_few;
  };
  const Row rows[] = {
      {"one witness", "quorum B\n", {"B"}, {"A", "C"}},
      {"any", "group G any A B C\nquorum G\n", {"C"}, {}},
      {"all", "group G all A B C\nquorum G\n", {"A", "B", "C"}, {"A", "B"}},
      {"a number", "group G 2 A B C\nquorum G\n", {"C", "A"}, {"C"}},
      {"a group of one", "group G 1 A\nquorum G\n", {"A"}, {"B", "C"}},
      {"a witness that is in a group, too", "group G all A B\nquorum A\n", {"A"}, {"B"}},
      {"a group of groups", "group G any A B\ngroup H all G C\nquorum H\n", {"B", "C"}, {"A", "B"}},
      {"none", "group G any A B\nquorum none\n", {}, {}}};
  for (const Row& row : rows) {
    const auto policy = Policy::parse(witnesses() + row.lines);
    ASSERT_TRUE(policy) << row.name << ": " << policy.error().detail;
    EXPECT_TRUE(satisfies(policy.value(), row.enough)) << row.name;
    EXPECT_EQ(satisfies(policy.value(), row.too_few), policy.value().needs_no_witness()) << row.name;
  }
}

TEST(Policy, CountsNobodyTwiceAndNoGroupByItsName) {
  const Policy policy = Policy::parse(witnesses() + "group G 2 A B C\ngroup H any G\nquorum H\n").value();
  EXPECT_FALSE(satisfies(policy, {"A", "A", "A"}));
  EXPECT_FALSE(satisfies(policy, {"G", "H", "none", "D", ""}));
  EXPECT_FALSE(satisfies(policy, {}));
  EXPECT_TRUE(satisfies(policy, {"D", "A", "B", "A"}));
}

TEST(Policy, TakesLogsAlone) {
  const auto policy = Policy::parse("quorum none\n" + log_line());
  ASSERT_TRUE(policy) << policy.error().detail;
  EXPECT_TRUE(policy.value().needs_no_witness());
  EXPECT_TRUE(Policy::parse("quorum none\n")) << "nor any log";
}

TEST(Policy, TakesNamesOfAnyOctets) {
  const auto policy = Policy::parse(witness_line("\xff\x80", 1) + witness_line("any", 2) +
                                    witness_line("2", 3) + "group all 2 any 2 \xff\x80\nquorum all\n");
  ASSERT_TRUE(policy) << policy.error().detail;
  EXPECT_TRUE(satisfies(policy.value(), {"\xff\x80", "2"}));
  EXPECT_FALSE(satisfies(policy.value(), {"\xff", "2"}));
}

struct RefusedPolicy {
  const char* name;
  std::string text;
  ErrorCode code = kMalformed;
};

class PolicyRefuses : public testing::TestWithParam<RefusedPolicy> {};

TEST_P(PolicyRefuses, WhatHasNoMeaningOrTwo) {
  EXPECT_EQ(code_of(Policy::parse(GetParam().text)), GetParam().code);
}

const std::string kGroup = "group G 2 A B C\n";
const std::string kQuorum = "quorum G\n";

INSTANTIATE_TEST_SUITE_P(
    All, PolicyRefuses,
    testing::Values(
        RefusedPolicy{"Nothing", ""}, RefusedPolicy{"NoQuorum", witnesses() + kGroup},
        RefusedPolicy{"TwoQuorums", witnesses() + kGroup + kQuorum + kQuorum},
        RefusedPolicy{"NoneAndAnother", witnesses() + "quorum none\nquorum A\n"},
        RefusedPolicy{"AQuorumOfTwoNames", witnesses() + "quorum A B\n"},
        RefusedPolicy{"AQuorumOfNoName", witnesses() + "quorum\n"},
        RefusedPolicy{"AQuorumOfNobody", witnesses() + "quorum D\n"},
        RefusedPolicy{"AQuorumAboveItsGroup", witnesses() + kQuorum + kGroup},
        RefusedPolicy{"AnotherKeyword", witnesses() + "threshold 2\nquorum none\n"},
        RefusedPolicy{"CapitalLetters", witnesses() + "Quorum A\n"},
        RefusedPolicy{"ACommentAfterALine", witnesses() + "quorum A # the first\n"},
        RefusedPolicy{"NoNewlineAtTheEnd", witnesses() + "quorum A"},
        RefusedPolicy{"CarriageReturns", witnesses() + "quorum A\r\n"},
        RefusedPolicy{"AControlCharacterInAComment", "# \x1b[2J\nquorum none\n"},
        RefusedPolicy{"Del", "# \x7f\nquorum none\n"},
        RefusedPolicy{"AZero", std::string("# \0\nquorum none\n", 16)},
        RefusedPolicy{"ALogWithoutKey", "log\nquorum none\n"},
        RefusedPolicy{"ALogWithAName", "log name " + log_signer().verifier().text() + " url\nquorum none\n"},
        RefusedPolicy{"ALogWithTwoUrls", with(log_line(), "\n", " a b\n") + "quorum none\n"},
        RefusedPolicy{"ALogTwice", log_line() + log_line() + "quorum none\n"},
        RefusedPolicy{
            "ALogsKeyUnderTwoNames",
            log_line() + "log " +
                VerifierKey::create("other", KeyType::kEd25519, log_signer().verifier().key).value().text() +
                "\nquorum none\n"},
        RefusedPolicy{"ALogWithAWitnesssKey", "log " + witness_signer().verifier().text() + "\nquorum none\n",
                      kUnsupported},
        RefusedPolicy{"ABadKey", with(log_line(), "AT1A", "AT1B") + "quorum none\n"},
        RefusedPolicy{"AWitnessWithoutName",
                      "witness " + witness_signer().verifier().text() + "\nquorum none\n"},
        RefusedPolicy{"AWitnessWithoutKey", "witness A\nquorum A\n"},
        RefusedPolicy{"AWitnessWithTwoUrls", with(witness_line("A", 1), "\n", " a b\n") + "quorum A\n"},
        RefusedPolicy{"AWitnessWithALogsKey", "witness A " + log_signer().verifier().text() + "\nquorum A\n",
                      kUnsupported},
        RefusedPolicy{"AWitnessTwice", witness_line("A", 1) + witness_line("A", 1) + "quorum A\n"},
        RefusedPolicy{"AWitnesssKeyUnderTwoNames",
                      witness_line("A", 1) + witness_line("B", 1) + "quorum A\n"},
        RefusedPolicy{"ANameTwice", witness_line("A", 1) + witness_line("A", 2) + "quorum A\n"},
        RefusedPolicy{"AWitnessCalledNone", witness_line("none", 1) + "quorum none\n"},
        RefusedPolicy{"AGroupCalledNone", witnesses() + "group none any A\nquorum none\n"},
        RefusedPolicy{"AGroupCalledLikeAWitness", witnesses() + "group A any B C\nquorum A\n"},
        RefusedPolicy{"AGroupTwice", witnesses() + "group G any A\ngroup G any B\nquorum G\n"},
        RefusedPolicy{"AGroupWithoutMembers", witnesses() + "group G any\nquorum G\n"},
        RefusedPolicy{"AGroupWithoutThreshold", witnesses() + "group G A B\nquorum G\n"},
        RefusedPolicy{"AThresholdBeyondTheMembers", witnesses() + "group G 4 A B C\nquorum G\n"},
        RefusedPolicy{"AThresholdOfZero", witnesses() + "group G 0 A B C\nquorum G\n"},
        RefusedPolicy{"ANegativeThreshold", witnesses() + "group G -1 A B C\nquorum G\n"},
        RefusedPolicy{"AThresholdWithLeadingZeros", witnesses() + "group G 02 A B C\nquorum G\n"},
        RefusedPolicy{"AThresholdOf64Bits", witnesses() + "group G 18446744073709551617 A B C\nquorum G\n"},
        RefusedPolicy{"AMemberThatIsNobody", witnesses() + "group G any A D\nquorum G\n"},
        RefusedPolicy{"AMemberCalledNone", witnesses() + "group G any A none\nquorum G\n"},
        RefusedPolicy{"AMemberTwice", witnesses() + "group G 2 A A\nquorum G\n"},
        RefusedPolicy{"AMemberOfTwoGroups", witnesses() + "group G any A B\ngroup H any B C\nquorum H\n"},
        RefusedPolicy{"AGroupInItself", witnesses() + "group G any A G\nquorum G\n"},
        RefusedPolicy{"ACycle", witnesses() + "group G any A H\ngroup H any B G\nquorum G\n"},
        RefusedPolicy{"AGroupAboveItsMembers", kGroup + witnesses() + kQuorum},
        RefusedPolicy{"TooLong", "#" + std::string(256 << 10, 'x') + "\nquorum none\n", kTooLarge}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Policy, SaysWhichLineIsRefused) {
  const auto refused = Policy::parse("# comment\n\n" + witnesses() + "group G any D\nquorum G\n");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("line 6"), std::string::npos) << refused.error().detail;
}

TEST(Policy, TakesThirtyTwoOfEachAndMoreButNotAnyNumber) {
  const auto of_groups = [](std::size_t count) {
    std::string text = witness_line("0", 1);
    for (std::size_t i = 0; i < count; ++i)
      text += "group " + std::to_string(i + 1) + " all " + std::to_string(i) + "\n";
    return Policy::parse(text + "quorum " + std::to_string(count) + "\n");
  };
  ASSERT_TRUE(of_groups(256));
  EXPECT_TRUE(satisfies(of_groups(256).value(), {"0"}));
  EXPECT_FALSE(satisfies(of_groups(256).value(), {"1"}));
  EXPECT_EQ(code_of(of_groups(257)), kTooLarge);

  std::string text;
  for (std::size_t i = 0; i < 256; ++i) text += witness_line(std::to_string(i), static_cast<std::uint8_t>(i));
  EXPECT_TRUE(Policy::parse(text + "quorum 255\n"));
  EXPECT_EQ(
      code_of(Policy::parse(text + "witness more " + witness_signer().verifier().text() + "\nquorum 255\n")),
      kTooLarge);
}

TEST(Policy, VerifiesACheckpointAndCountsItsWitnesses) {
  const Policy one = of_vectors("group G any w1 w2\nquorum G\n");
  const Policy both = of_vectors("group G all w1 w2\nquorum G\n");
  const auto verified = one.verify(read_vector("cosigned-checkpoint"));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(verified.value().checkpoint, whole_tree());
  const auto names = one.names_of(verified.value().cosignatures);
  EXPECT_EQ(names, std::vector<std::string>{"w1"}) << "the policy's name, not the key's";
  EXPECT_TRUE(one.is_satisfied_by(names));
  EXPECT_FALSE(both.is_satisfied_by(names));

  const auto without = one.verify(read_vector("checkpoint"));
  ASSERT_TRUE(without) << without.error().detail;
  EXPECT_FALSE(one.is_satisfied_by(one.names_of(without.value().cosignatures)));
}

TEST(Policy, TellsWitnessesOfOneKeyNameApart) {
  const auto twin =
      NoteSigner::create("witness.example/w1", KeyType::kCosignature, key_of_seed(kAliceSeed)).value();
  const Policy policy = of_vectors("witness twin " + twin.verifier().text() + "\nquorum twin\n");
  Note note = sign_checkpoint(log_signer(), whole_tree()).value();
  note.signatures.push_back(twin.cosign(note.text, time_of_cosignature()).value());
  const auto verified = policy.verify(write_note(note));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(policy.names_of(verified.value().cosignatures), std::vector<std::string>{"twin"});
}

TEST(Policy, VerifiesByAnyKeyOfTheLog) {
  const auto next = NoteSigner::create("dc1.example/log", KeyType::kEd25519, key_of_seed(kAliceSeed)).value();
  const Policy policy = of_vectors("log " + next.verifier().text() + "\nquorum none\n");
  EXPECT_TRUE(policy.verify(read_vector("checkpoint")));
  EXPECT_TRUE(policy.verify(write_note(sign_checkpoint(next, whole_tree()).value())));
}

TEST(Policy, RefusesCheckpointsThatAreNotOfItsLogs) {
  const Policy policy = of_vectors("quorum none\n");
  EXPECT_EQ(code_of(policy.verify(with(read_vector("checkpoint"), "dc1", "dc2"))), kNotFound);
  EXPECT_EQ(code_of(policy.verify(with(read_vector("checkpoint"), "\n8\n", "\n9\n"))), kSignatureInvalid);
  EXPECT_EQ(code_of(policy.verify(read_vector("note"))), kMalformed);
}

}  // namespace
}  // namespace countersign::checkpoint
