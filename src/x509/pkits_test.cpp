// SPDX-License-Identifier: Apache-2.0
// NIST's Public Key Interoperability Test Suite, every case: through validate_path, and for comparison
// through OpenSSL alone. docs/decisions/path-validation.md gives the reason of each difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/openssl.h"
#include "x509/path_validation.h"

namespace countersign::x509 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using CrlHandle = crypto::Handle<X509_CRL, X509_CRL_free>;
using Names = std::vector<std::string>;

constexpr std::string_view kAnchor = "TrustAnchorRootCertificate";
constexpr std::string_view kValid = "valid";

// Case is one row of tests/corpus/pkits.txt, which explains the columns.
struct Case {
  std::string number;
  std::string outcome;
  Names policies;
  bool explicit_policy = false;
  bool inhibit_policy_mapping = false;
  bool inhibit_any_policy = false;
  Names path;  // CA first
  Names crls;
  Names crl_issuers;

  bool must_be_valid() const { return outcome == kValid; }
};

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  const std::size_t end = text.find_last_not_of(' ');
  return begin == std::string_view::npos ? std::string() : std::string(text.substr(begin, end - begin + 1));
}

void read_setting(Case& row, std::string_view setting) {
  constexpr std::string_view kPolicies = "policies=";
  if (setting == "explicit-policy")
    row.explicit_policy = true;
  else if (setting == "inhibit-policy-mapping")
    row.inhibit_policy_mapping = true;
  else if (setting == "inhibit-any-policy")
    row.inhibit_any_policy = true;
  else if (setting.starts_with(kPolicies))
    for (const std::string& number : split(setting.substr(kPolicies.size()), ','))
      row.policies.push_back("2.16.840.1.101.3.2.1.48." + number);  // NIST-test-policy-<number>
  else
    ADD_FAILURE() << row.number << ": no setting is called " << setting;
}

Case read_case(const std::string& line) {
  Names columns;
  for (const std::string& column : split(line, '|')) columns.push_back(trimmed(column));
  EXPECT_GE(columns.size(), 5U) << line;
  columns.resize(6);
  Case row;
  row.number = columns[0];
  row.outcome = columns[1];
  if (columns[2] != "-")
    for (const std::string& setting : split(columns[2], ' ')) read_setting(row, setting);
  row.path = split(columns[3], ' ');
  row.crls = split(columns[4], ' ');
  row.crl_issuers = split(columns[5], ' ');
  return row;
}

std::vector<Case> read_cases() {
  std::ifstream file(COUNTERSIGN_PKITS_CASES);
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') cases.push_back(read_case(line));
  return cases;
}

Bytes read_der(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file << ": install the Debian package python3-cryptography-vectors";
  return Bytes(std::istreambuf_iterator<char>(stream), {});
}

// Collection reads each file once.
class Collection {
 public:
  X509* certificate(std::string_view name) {
    crypto::X509Handle& kept = certificates_[std::string(name)];
    if (!kept) {
      const Bytes der = read_der(folder_ / "certs" / (std::string(name) + ".crt"));
      const std::uint8_t* cursor = der.data();
      kept.reset(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
      EXPECT_TRUE(kept) << name;
    }
    return kept.get();
  }
  X509_CRL* crl(const std::string& name) {
    CrlHandle& kept = crls_[name];
    if (!kept) {
      const Bytes der = read_der(folder_ / "crls" / (name + ".crl"));
      const std::uint8_t* cursor = der.data();
      kept.reset(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size())));
      EXPECT_TRUE(kept) << name;
    }
    return kept.get();
  }

 private:
  std::filesystem::path folder_ = COUNTERSIGN_PKITS;
  std::map<std::string, crypto::X509Handle> certificates_;
  std::map<std::string, CrlHandle> crls_;
};

// The day on which this edition was published; the tests' dates leave room for any day from 2011 to 2030.
const TimePoint kAt = parse_time("2011-04-15T00:00:00Z").value();

class Pkits : public testing::Test {
 protected:
  Pkits() : cases_(read_cases()) {}

  Result<void> judge(const Case& row) {
    std::vector<X509*> path;
    std::vector<X509*> issuers;
    std::vector<X509_CRL*> crls;
    for (auto name = row.path.rbegin(); name != row.path.rend(); ++name)
      path.push_back(collection_.certificate(*name));
    for (const std::string& name : row.crl_issuers) issuers.push_back(collection_.certificate(name));
    for (const std::string& name : row.crls) crls.push_back(collection_.crl(name));
    const std::vector<std::string_view> policies(row.policies.begin(), row.policies.end());
    const CrlEvidence revocation{crls, issuers};
    return validate_path(
        {path, collection_.certificate(kAnchor)},
        {kAt, policies, row.explicit_policy, row.inhibit_policy_mapping, row.inhibit_any_policy},
        &revocation);
  }

  // The same question to OpenSSL, with these flags on top of what the case sets.
  bool openssl_accepts(const Case& row, unsigned long flags) {
    const crypto::Handle<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    const crypto::Handle<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    const crypto::Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }> untrusted(
        sk_X509_new_null());
    const crypto::Handle<STACK_OF(X509_CRL), [](STACK_OF(X509_CRL) * stack) { sk_X509_CRL_free(stack); }>
        crls(sk_X509_CRL_new_null());
    X509_STORE_add_cert(store.get(), collection_.certificate(kAnchor));
    for (const std::string& name : row.crls) sk_X509_CRL_push(crls.get(), collection_.crl(name));
    for (const Names& names : {row.path, row.crl_issuers})
      for (const std::string& name : names) sk_X509_push(untrusted.get(), collection_.certificate(name));
    X509_STORE_CTX_init(context.get(), store.get(), collection_.certificate(row.path.back()),
                        untrusted.get());
    X509_STORE_CTX_set0_crls(context.get(), crls.get());
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, unix_seconds(kAt));
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                                X509_V_FLAG_POLICY_CHECK | flags |
                                                (row.explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0) |
                                                (row.inhibit_policy_mapping ? X509_V_FLAG_INHIBIT_MAP : 0) |
                                                (row.inhibit_any_policy ? X509_V_FLAG_INHIBIT_ANY : 0));
    const Names any{"2.5.29.32.0"};
    for (const std::string& policy : row.policies.empty() ? any : row.policies)
      X509_VERIFY_PARAM_add0_policy(parameters, OBJ_txt2obj(policy.c_str(), 1));
    return X509_verify_cert(context.get()) == 1;
  }

  // The cases that end otherwise than they must, in order; `wrongly` says which way.
  template <typename Accepts>
  Names deviations(const Accepts& accepts, bool wrongly_accepted) {
    Names found;
    for (const Case& row : cases_)
      if (row.must_be_valid() != wrongly_accepted && accepts(row) == wrongly_accepted)
        found.push_back(row.number);
    return found;
  }

  std::vector<Case> cases_;
  Collection collection_;
};

TEST_F(Pkits, HasEveryCaseAndUsesEveryFileOfTheCollection) {
  std::set<std::string> named{std::string(kAnchor)};
  std::map<int, std::set<int>> sections;
  for (const Case& row : cases_) {
    for (const Names& names : {row.path, row.crls, row.crl_issuers}) named.insert(names.begin(), names.end());
    const Names parts = split(row.number, '.');
    sections[std::stoi(parts.at(1))].insert(std::stoi(parts.at(2)));
  }
  for (const std::string_view folder : {"certs", "crls"})
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(COUNTERSIGN_PKITS) / folder))
      EXPECT_TRUE(named.contains(entry.path().stem())) << entry.path();
  std::vector<int> cases_by_section;
  for (const auto& [section, numbers] : sections) {
    EXPECT_EQ(*numbers.rbegin(), static_cast<int>(numbers.size())) << "4." << section << " has a gap";
    cases_by_section.push_back(*numbers.rbegin());
  }
  EXPECT_THAT(cases_by_section, ElementsAre(6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2));
  EXPECT_EQ(cases_.size(), 247U);
}

TEST_F(Pkits, NothingIsAcceptedThatMustBeRefused) {
  EXPECT_THAT(deviations([&](const Case& row) { return judge(row).has_value(); }, true), IsEmpty());
}

TEST_F(Pkits, OnlyThreeCasesAreRefusedThatMayBeAccepted) {
  EXPECT_THAT(deviations([&](const Case& row) { return judge(row).has_value(); }, false),
              ElementsAre("4.1.5",      // DSA parameters that the issuer's key must lend
                          "4.6.4",      // a CA whose basic constraints are not critical
                          "4.14.30"));  // a CRL whose signer's own status stands in that CRL alone
}

TEST_F(Pkits, EachCaseIsRefusedForTheRuleThatItTries) {
  for (const Case& row : cases_) {
    if (row.must_be_valid()) continue;
    const Result<void> result = judge(row);
    ASSERT_FALSE(result) << row.number;
    EXPECT_EQ(error_name(result.error().code), row.outcome) << row.number << ": " << result.error().detail;
  }
}

// Which cases these are depends on its version: docs/decisions/path-validation.md has two.
TEST_F(Pkits, OpenSslWithItsCrlCheckingAloneDiffersInMoreCasesThanOurs) {
  const auto ours = [&](const Case& row) { return judge(row).has_value(); };
  const auto theirs = [&](const Case& row) { return openssl_accepts(row, 0); };
  const auto in_all = [&](const auto& accepts) {
    return deviations(accepts, true).size() + deviations(accepts, false).size();
  };
  EXPECT_LT(in_all(ours), in_all(theirs));
}

TEST_F(Pkits, OpenSslWithEveryOptionDiffersInTheSameCasesAsOurs) {
  constexpr unsigned long kExtended = X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;
  const auto lenient = [&](const Case& row) { return openssl_accepts(row, kExtended); };
  const auto strict = [&](const Case& row) {
    return openssl_accepts(row, kExtended | X509_V_FLAG_X509_STRICT);
  };
  EXPECT_THAT(deviations(lenient, true), IsEmpty());
  EXPECT_THAT(deviations(lenient, false), ElementsAre("4.1.5", "4.14.30"));
  EXPECT_THAT(deviations(strict, true), IsEmpty());
  EXPECT_THAT(deviations(strict, false), ElementsAre("4.1.5", "4.6.4", "4.14.30"));
}

}  // namespace
}  // namespace countersign::x509
