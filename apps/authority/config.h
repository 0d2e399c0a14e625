// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "authority/interwork/foreign_status.h"
#include "authority/issuing/data_centre.h"
#include "authority/issuing/merchant_applications.h"
#include "authority/issuing/merchant_renewal.h"
#include "authority/ldap/ldap_publisher.h"
#include "authority/timestamp/time_stamper.h"
#include "authority/witness/witness_client.h"
#include "base/log.h"
#include "http/client.h"
#include "mail/mail.h"

namespace countersign::app {

// Where a listener is bound, and how it is reached from outside.
struct ListenerConfig {
  std::string address;
  unsigned short port = 0;
  std::string public_url;
  std::size_t max_connections_per_address = 128;
};

// The public log. Its key has its place among the keys.
struct LogConfig {
  std::string origin;
  std::filesystem::path folder;  // of what is published
  bool is_chosen = false;        // one of its settings stands in the file: then there is to be a key, too
  std::vector<authority::KnownWitness> witnesses;  // besides those of the network map
  authority::WitnessPolicy witnessing;
  authority::StartCheck::WhenSilent when_silent_at_start{};
};

// This data centre as a witness of the logs of others. Its key has its place among the keys.
struct WitnessConfig {
  std::string name;
  std::filesystem::path store;
  std::vector<std::string> logs;  // verifier keys, besides those of the network map
  bool is_chosen = false;         // as with the log
};

// AuthorityConfig is etc/authority.toml, which explains each setting.
struct AuthorityConfig {
  explicit AuthorityConfig(x509::Name data_centre) : limits{std::move(data_centre), {}, {}, {}} {}

  x509::NameLimits limits;  // what this data centre's CA may name; its subtree is the data centre's name
  x509::AlternativeNames tls_names;
  std::filesystem::path certificates;
  authority::KeyPlaces keys;
  ListenerConfig service;
  ListenerConfig status;
  std::filesystem::path store;
  std::filesystem::path secrets;
  mail::SmtpOptions smtp;
  authority::ApplicationPolicy applications;
  authority::RenewalPolicy renewals;
  authority::DegradedPolicy degraded;  // below which amounts an unreachable home is done without
  authority::TimeStampOptions time_stamps;
  std::optional<authority::LdapOptions> ldap;  // nothing: no LDAP server is kept
  http::AddressPolicy addresses = http::AddressPolicy::kPublicOnly;
  std::chrono::seconds time_to_claim{};  // of an enrolment
  std::chrono::seconds ocsp_reuse{};     // a signed OCSP response is reused for so long while nothing changed
  std::filesystem::path ports_file;      // empty: not written
  int io_threads = 1;
  LogConfig log;
  WitnessConfig witness;
  LogLevel log_level = LogLevel::kInfo;

  authority::DataCentrePlan plan() const {
    return {limits, tls_names, ocsp_url(), crl_url(), keys, certificates};
  }
  std::string ocsp_url() const { return status.public_url + "/ocsp"; }
  std::string crl_url() const { return status.public_url + "/crl.crl"; }
};

// load_config reads the file; the error names file and setting.
Result<AuthorityConfig> load_config(const std::filesystem::path& file);

}  // namespace countersign::app
