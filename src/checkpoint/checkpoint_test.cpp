// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include "checkpoint/testing/vectors.h"

namespace countersign::checkpoint {
namespace {

using enum ErrorCode;

std::vector<VerifierKey> both_witnesses() {
  return {witness_signer().verifier(), second_witness_signer().verifier()};
}

TEST(CheckpointText, IsReadAndWrittenAsOthersWriteIt) {
  const std::string text = parse_note(read_vector("checkpoint")).value().text;
  EXPECT_EQ(write_checkpoint_text(whole_tree()), text);
  EXPECT_EQ(parse_checkpoint_text(text).value(), whole_tree());
  EXPECT_EQ(claimed_checkpoint(read_vector("checkpoint")).value(), whole_tree());
}

TEST(CheckpointText, TellsSizesUpToTheLargest) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x7fff'ffff'ffff'ffff}}) {
    Checkpoint checkpoint = whole_tree();
    checkpoint.size = size;
    EXPECT_EQ(parse_checkpoint_text(write_checkpoint_text(checkpoint)).value(), checkpoint);
  }
}

TEST(CheckpointText, LeavesOpenWhatAnOriginLooksLike) {
  const auto read =
      parse_checkpoint_text("a log + its tree\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().origin, "a log + its tree");
}

struct RefusedText {
  const char* name;
  std::string old, replacement;
  ErrorCode code = kMalformed;
};

class CheckpointTextRefuses : public testing::TestWithParam<RefusedText> {};

TEST_P(CheckpointTextRefuses, WhatIsNotInTheOneForm) {
  const std::string text = with(write_checkpoint_text(whole_tree()), GetParam().old, GetParam().replacement);
  EXPECT_EQ(code_of(parse_checkpoint_text(text)), GetParam().code) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckpointTextRefuses,
    testing::Values(
        RefusedText{"NoOrigin", "dc1.example/log\n", "\n"},
        RefusedText{"NoFirstLine", "dc1.example/log\n", ""}, RefusedText{"NoSize", "8\n", ""},
        RefusedText{"AnEmptySize", "8\n", "\n"}, RefusedText{"ASizeWithLeadingZeros", "\n8\n", "\n08\n"},
        RefusedText{"TwoZeros", "\n8\n", "\n00\n"}, RefusedText{"ASign", "\n8\n", "\n+8\n"},
        RefusedText{"ANegativeSize", "\n8\n", "\n-8\n"}, RefusedText{"ASpaceAfterTheSize", "\n8\n", "\n8 \n"},
        RefusedText{"HexadecimalSize", "\n8\n", "\n0x8\n"},
        RefusedText{"ASizeBeyondTheLargest", "\n8\n", "\n9223372036854775808\n"},
        RefusedText{"ASizeOfSeventyBits", "\n8\n", "\n1180591620717411303424\n"},
        RefusedText{"ARootOf31Octets", "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
                    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw=="},
        RefusedText{"ARootOf33Octets", "RgQyg=", "RgQygA"},
        RefusedText{"NoRoot", "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", ""},
        RefusedText{"AnEmptyRoot", "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=", ""},
        RefusedText{"ARootWithTrailingBits", "RgQyg=", "RgQyh="},
        RefusedText{"ARootWithoutPadding", "RgQyg=", "RgQyg"},
        RefusedText{"NoNewlineAtTheEnd", "RgQyg=\n", "RgQyg="},
        RefusedText{"CarriageReturns", "log\n", "log\r\n"}, RefusedText{"ATab", "dc1", "dc\t1"},
        RefusedText{"NoUtf8", "dc1", "dc\xff"}, RefusedText{"AnEmptyLineAtTheEnd", "RgQyg=\n", "RgQyg=\n\n"},
        RefusedText{"AnEmptyLineAmongExtensions", "RgQyg=\n", "RgQyg=\na\n\nb\n"},
        RefusedText{"AnExtensionLine", "RgQyg=\n", "RgQyg=\nextension\n", kUnsupported},
        RefusedText{"TwoExtensionLines", "RgQyg=\n", "RgQyg=\na\nb\n", kUnsupported}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(SignCheckpoint, SignsAsOthersSign) {
  EXPECT_EQ(write_note(sign_checkpoint(log_signer(), whole_tree()).value()), read_vector("checkpoint"));
}

TEST(SignCheckpoint, RefusesWhatNobodyCouldVerify) {
  const auto refused = [](auto change) {
    Checkpoint checkpoint = whole_tree();
    change(checkpoint);
    return code_of(sign_checkpoint(log_signer(), checkpoint));
  };
  EXPECT_EQ(refused([](auto& c) { c.origin = "dc2.example/log"; }), kMalformed) << "another log's";
  EXPECT_EQ(refused([](auto& c) { c.origin = "dc1.example/log\nmore"; }), kMalformed);
  EXPECT_EQ(refused([](auto& c) { c.size = std::uint64_t{1} << 63; }), kMalformed);
  Checkpoint of_witness = whole_tree();
  of_witness.origin = witness_signer().verifier().name;
  EXPECT_EQ(code_of(sign_checkpoint(witness_signer(), of_witness)), kUnsupported) << "a witness's key";
}

TEST(Cosign, SignsAsOthersSign) {
  Note note = sign_checkpoint(log_signer(), whole_tree()).value();
  note.signatures.push_back(witness_signer().cosign(note.text, time_of_cosignature()).value());
  EXPECT_EQ(write_note(note), read_vector("cosigned-checkpoint"));
}

TEST(VerifyCheckpoint, GivesWhatTheLogSignedAndWhichWitnessesCosigned) {
  const std::string note = read_vector("cosigned-checkpoint");
  const auto verified = verify_checkpoint(note, log_signer().verifier(), both_witnesses());
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(verified.value().checkpoint, whole_tree());
  EXPECT_EQ(write_note(verified.value().note), note);
  ASSERT_EQ(verified.value().cosignatures.size(), 1U);
  EXPECT_EQ(verified.value().cosignatures[0].witness, "witness.example/w1");
  EXPECT_EQ(verified.value().cosignatures[0].id, witness_signer().verifier().id);
  EXPECT_EQ(verified.value().cosignatures[0].time, time_of_cosignature());
}

TEST(VerifyCheckpoint, PassesOverSignaturesOfUnknownKeys) {
  const std::string note = read_vector("several-signatures");
  const auto alone = verify_checkpoint(note, log_signer().verifier());
  ASSERT_TRUE(alone) << alone.error().detail;
  EXPECT_TRUE(alone.value().cosignatures.empty());
  EXPECT_EQ(alone.value().note.signatures.size(), 4U) << "they stay in the note";

  const auto known = verify_checkpoint(note, log_signer().verifier(), both_witnesses());
  ASSERT_TRUE(known) << known.error().detail;
  ASSERT_EQ(known.value().cosignatures.size(), 1U);
  EXPECT_EQ(known.value().cosignatures[0].witness, "witness.example/w2");
}

TEST(VerifyCheckpoint, TakesAWitnesssAnswerBelowTheNote) {
  const std::string note = read_vector("checkpoint") + read_vector("signature-lines");
  const auto verified = verify_checkpoint(note, log_signer().verifier(), both_witnesses());
  ASSERT_TRUE(verified) << verified.error().detail;
  ASSERT_EQ(verified.value().cosignatures.size(), 1U);
  EXPECT_EQ(verified.value().cosignatures[0].witness, "witness.example/w1");
}

TEST(VerifyCheckpoint, KnowsAKeyByNameAndIdTogether) {
  const std::string note = read_vector("cosigned-checkpoint");
  // The same name with another key, and the same key under another name.
  const VerifierKey other_key =
      VerifierKey::create("witness.example/w1", KeyType::kCosignature, alice_signer().verifier().key).value();
  const VerifierKey other_name =
      VerifierKey::create("witness.example/w9", KeyType::kCosignature, witness_signer().verifier().key)
          .value();
  const std::vector<VerifierKey> witnesses = {other_key, other_name};
  const auto verified = verify_checkpoint(note, log_signer().verifier(), witnesses);
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_TRUE(verified.value().cosignatures.empty());
}

// A note with the payload of one signature changed in its last octet.
std::string with_bad_signature(const std::string& text, std::size_t which) {
  Note note = parse_note(text).value();
  note.signatures.at(which).payload.back() ^= 1;
  return write_note(note);
}

TEST(VerifyCheckpoint, RefusesABadSignatureOfAnyKnownKey) {
  const std::string note = read_vector("cosigned-checkpoint");
  const VerifierKey log = log_signer().verifier();
  EXPECT_EQ(code_of(verify_checkpoint(with_bad_signature(note, 0), log, both_witnesses())),
            kSignatureInvalid);
  EXPECT_EQ(code_of(verify_checkpoint(with_bad_signature(note, 1), log, both_witnesses())),
            kSignatureInvalid);
  EXPECT_TRUE(verify_checkpoint(with_bad_signature(note, 1), log)) << "nobody asks for that witness";
  const std::string other_root = with(note, "Xcna", "Xcnb");
  EXPECT_EQ(code_of(verify_checkpoint(other_root, log)), kSignatureInvalid);
  EXPECT_EQ(code_of(verify_checkpoint(with(note, "\n8\n", "\n9\n"), log)), kSignatureInvalid);
}

TEST(VerifyCheckpoint, RefusesANoteThatTheLogDidNotSign) {
  Note note{write_checkpoint_text(whole_tree()), {}};
  note.signatures.push_back(witness_signer().cosign(note.text, time_of_cosignature()).value());
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), log_signer().verifier(), both_witnesses())),
            kSignatureInvalid);
  note.signatures = {alice_signer().sign(note.text).value()};
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), log_signer().verifier())), kSignatureInvalid);
  // Somebody else's key that calls itself the log.
  const auto impostor =
      NoteSigner::create("dc1.example/log", KeyType::kEd25519, key_of_seed(kAliceSeed)).value();
  note.signatures = {impostor.sign(note.text).value()};
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), log_signer().verifier())), kSignatureInvalid);
}

TEST(VerifyCheckpoint, RefusesAnotherOriginThanTheNameOfTheKey) {
  Checkpoint foreign = whole_tree();
  foreign.origin = "dc2.example/log";
  Note note{write_checkpoint_text(foreign), {}};
  note.signatures.push_back(log_signer().sign(note.text).value());
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), log_signer().verifier())), kMalformed);
}

TEST(VerifyCheckpoint, RefusesWhatIsNoCheckpoint) {
  EXPECT_EQ(code_of(verify_checkpoint(read_vector("note"), log_signer().verifier())), kMalformed);
  Note note{write_checkpoint_text(whole_tree()) + "extension\n", {}};
  note.signatures.push_back(log_signer().sign(note.text).value());
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), log_signer().verifier())), kUnsupported);
  EXPECT_EQ(code_of(verify_checkpoint(std::string(70'000, 'x'), log_signer().verifier())), kTooLarge);
}

TEST(VerifyCheckpoint, RefusesKeysOfTheWrongType) {
  const std::string note = read_vector("cosigned-checkpoint");
  const std::vector<VerifierKey> logs = {alice_signer().verifier()};
  EXPECT_EQ(code_of(verify_checkpoint(note, witness_signer().verifier())), kUnsupported);
  EXPECT_EQ(code_of(verify_checkpoint(note, log_signer().verifier(), logs)), kUnsupported);
}

TEST(VerifyCheckpoint, TakesALogThatSignsWithTwoKeys) {
  const auto next = NoteSigner::create("dc1.example/log", KeyType::kEd25519, key_of_seed(kAliceSeed)).value();
  const std::vector<VerifierKey> keys = {log_signer().verifier(), next.verifier()};
  Note note = sign_checkpoint(next, whole_tree()).value();
  EXPECT_TRUE(verify_checkpoint(write_note(note), keys, {}));
  note.signatures.push_back(log_signer().sign(note.text).value());
  EXPECT_TRUE(verify_checkpoint(write_note(note), keys, {}));
  EXPECT_EQ(code_of(verify_checkpoint(with_bad_signature(write_note(note), 1), keys, {})), kSignatureInvalid);
  EXPECT_EQ(code_of(verify_checkpoint(write_note(note), std::vector<VerifierKey>{}, {})), kSignatureInvalid);
}

TEST(VerifyCosignature, GivesItsTime) {
  const Note note = parse_note(read_vector("cosigned-checkpoint")).value();
  const VerifierKey witness = witness_signer().verifier();
  EXPECT_EQ(verify_cosignature(note.text, note.signatures[1], witness).value(), time_of_cosignature());
}

TEST(VerifyCosignature, CoversTheTimeAndTheWholeText) {
  const Note note = parse_note(read_vector("cosigned-checkpoint")).value();
  const VerifierKey witness = witness_signer().verifier();
  EXPECT_EQ(code_of(verify_cosignature(with(note.text, "\n8\n", "\n7\n"), note.signatures[1], witness)),
            kSignatureInvalid);
  for (const std::size_t octet : {std::size_t{7}, std::size_t{8}, std::size_t{71}}) {
    NoteSignature changed = note.signatures[1];
    changed.payload[octet] ^= 1;
    EXPECT_EQ(code_of(verify_cosignature(note.text, changed, witness)), kSignatureInvalid) << octet;
  }
}

TEST(VerifyCosignature, RefusesWhatIsNotOfTheWitness) {
  const Note note = parse_note(read_vector("cosigned-checkpoint")).value();
  const VerifierKey witness = witness_signer().verifier();
  EXPECT_EQ(code_of(verify_cosignature(note.text, note.signatures[0], witness)), kSignatureInvalid);
  EXPECT_EQ(code_of(verify_cosignature(note.text, note.signatures[0], log_signer().verifier())),
            kUnsupported);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{8}, std::size_t{64}, std::size_t{71}, std::size_t{73}}) {
    NoteSignature other = note.signatures[1];
    other.payload.resize(size);
    EXPECT_EQ(code_of(verify_cosignature(note.text, other, witness)), kSignatureInvalid) << size;
  }
}

TEST(VerifyCosignature, RefusesTimesThatAreNone) {
  const Note note = parse_note(read_vector("cosigned-checkpoint")).value();
  struct Row {
    const char* name;
    const char* time;
  };
  for (const Row& row : {Row{"none", "0000000000000000"}, Row{"the year 10000", "0000003afff44180"},
                         Row{"beyond 2^63-1", "8000000000000000"}, Row{"all bits", "ffffffffffffffff"}}) {
    NoteSignature changed = note.signatures[1];
    const Bytes time = hex_decode(row.time).value();
    std::copy(time.begin(), time.end(), changed.payload.begin());
    EXPECT_EQ(code_of(verify_cosignature(note.text, changed, witness_signer().verifier())), kMalformed)
        << row.name;
  }
}

}  // namespace
}  // namespace countersign::checkpoint
