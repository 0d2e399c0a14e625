// SPDX-License-Identifier: Apache-2.0
// Verifies the evidence of one transaction with pkijs and WebCrypto alone, sharing no code with Countersign:
//   node web/tests/verify_confirmation.mjs DIR
// DIR holds network-root.pem, confirmation.p7m and order.json. Prints a line per check; exits 1 at the first that fails.
import { readFileSync } from "node:fs";
import { webcrypto, createHash } from "node:crypto";
import path from "node:path";
import * as pkijs from "pkijs";

pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: /** @type {any} */ (webcrypto) }));

// 2.25.5029185730381929265412404197190874440.1, as asn1js writes an arc of more than 32 bits.
const ARC = "2.25.{07484b00037e62144f08357970441c546a48}.1";

/** @param {string} pem */
function certificateFromPem(pem) {
  const base64 = pem.replace(/-----[^-]+-----/g, "").replace(/\s+/g, "");
  return pkijs.Certificate.fromBER(Buffer.from(base64, "base64"));
}

/** @param {boolean} condition @param {string} claim */
function demand(condition, claim) {
  if (!condition) {
    console.error(`FAILED  ${claim}`);
    process.exit(1);
  }
  console.log(`ok      ${claim}`);
}

/** @param {Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * Verifies one SignedData: signature, chain to the root, role policy; returns its content.
 * @param {Buffer} der @param {pkijs.Certificate} root @param {string} policy @param {string} what @param {Date} at
 */
async function openSigned(der, root, policy, what, at) {
  const contentInfo = pkijs.ContentInfo.fromBER(/** @type {any} */ (der));
  const signed = new pkijs.SignedData({ schema: contentInfo.content });
  demand(signed.signerInfos.length === 1, `${what}: exactly one signer`);
  const result = await signed.verify({ signer: 0, trustedCerts: [root], checkDate: at, checkChain: false, extendedMode: true });
  demand(result.signatureVerified === true, `${what}: signature verifies`);
  const certificates = /** @type {pkijs.Certificate[]} */ (signed.certificates ?? []);
  const signer = /** @type {pkijs.Certificate} */ (result.signerCertificate);
  const ca = certificates.find((certificate) => certificate !== signer);
  demand(ca !== undefined, `${what}: carries the CA above its signer`);
  const chain = await new pkijs.CertificateChainValidationEngine({
    trustedCerts: [root], certs: [/** @type {pkijs.Certificate} */ (ca), signer], checkDate: at,
  }).verify();
  demand(chain.result === true, `${what}: chain to the network root ${chain.result ? "" : chain.resultMessage}`);
  // pkijs intersects policies with those of the trust anchor too, and a root states none: so the role is checked from
  // the CA down.
  const role = await new pkijs.CertificateChainValidationEngine({
    trustedCerts: [/** @type {pkijs.Certificate} */ (ca)], certs: [signer], checkDate: at,
  }).verify({ initialPolicySet: [policy], initialExplicitPolicy: true });
  demand(role.result === true, `${what}: role policy ${policy.slice(ARC.length + 1)} ${role.result ? "" : role.resultMessage}`);
  const octets = /** @type {any} */ (signed.encapContentInfo.eContent);
  return Buffer.from(octets.getValue());
}

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node web/tests/verify_confirmation.mjs DIR");
  process.exit(2);
}
/** @param {string} name */
const read = (name) => readFileSync(path.join(folder, name));
const policies = JSON.parse(process.argv[3] ?? '{"confirmation":2,"merchant":4,"purchaser":5}');
const root = certificateFromPem(read("network-root.pem").toString());
const now = new Date();

const confirmationJson = await openSigned(read("confirmation.p7m"), root, `${ARC}.${policies.confirmation}`, "confirmation", now);
const confirmation = JSON.parse(confirmationJson.toString());
demand(confirmation.type === "confirmation" && confirmation.version === 1, "confirmation: type and version");
const countersigned = Buffer.from(confirmation.countersignedOrder, "base64");
const signedOrder = await openSigned(countersigned, root, `${ARC}.${policies.merchant}`, "countersigned order", now);
const order = await openSigned(signedOrder, root, `${ARC}.${policies.purchaser}`, "signed order", now);
demand(order.equals(read("order.json")), "order: byte for byte order.json");
demand(sha256(order) === confirmation.order.digest, "order: its digest stands in the confirmation");
demand(JSON.parse(order.toString()).total === confirmation.order.total, "order: its total stands in the confirmation");
console.log("verified");
