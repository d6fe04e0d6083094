//! What the results of transactions say in words.

/// The words of a result that occurs in the recorded chains; of any other its name.
pub(crate) fn engine_result_message(result: &str) -> &str {
    match result {
        "tecAMM_BALANCE" => "AMM has invalid balance.",
        "tecAMM_FAILED" => "AMM transaction failed.",
        "tecAMM_INVALID_TOKENS" => "AMM invalid LP tokens.",
        "tecAMM_NOT_EMPTY" => "AMM is not in empty state.",
        "tecBAD_CREDENTIALS" => "Bad credentials.",
        "tecCANT_ACCEPT_OWN_NFTOKEN_OFFER" => "An NFToken offer cannot be claimed by its owner.",
        "tecCRYPTOCONDITION_ERROR" => {
            "Malformed, invalid, or mismatched conditional or fulfillment."
        }
        "tecDIR_FULL" => "Can not add entry to full directory.",
        "tecDST_TAG_NEEDED" => "A destination tag is required.",
        "tecDUPLICATE" => "Ledger object already exists.",
        "tecEMPTY_DID" => "The DID object did not have a URI or DIDDocument field.",
        "tecEXPIRED" => "Expiration time is passed.",
        "tecFAILED_PROCESSING" => "Failed to correctly process transaction.",
        "tecFROZEN" => "Asset is frozen.",
        "tecHAS_OBLIGATIONS" => "The account cannot be deleted since it has obligations.",
        "tecINSUFFICIENT_RESERVE" => "Insufficient reserve to complete requested operation.",
        "tecINVALID_UPDATE_TIME" => "The Oracle object has invalid LastUpdateTime field.",
        "tecKILLED" => "No funds transferred and no offer created.",
        "tecNEED_MASTER_KEY" => "The operation requires the use of the Master Key.",
        "tecNFTOKEN_BUY_SELL_MISMATCH" => "The 'Buy' and 'Sell' NFToken offers are mismatched.",
        "tecNO_ALTERNATIVE_KEY" => {
            "The operation would remove the ability to sign transactions with the account."
        }
        "tecNO_AUTH" => "Not authorized to hold asset.",
        "tecNO_DST" => "Destination does not exist. Send XRP to create it.",
        "tecNO_DST_INSUF_XRP" => "Destination does not exist. Too little XRP sent to create it.",
        "tecNO_ENTRY" => "No matching entry found.",
        "tecNO_ISSUER" => "Issuer account does not exist.",
        "tecNO_LINE" => "No such line.",
        "tecNO_LINE_INSUF_RESERVE" => "No such line. Too little reserve to create it.",
        "tecNO_PERMISSION" => "No permission to perform requested operation.",
        "tecNO_TARGET" => "Target account does not exist.",
        "tecOBJECT_NOT_FOUND" => "A requested object could not be located.",
        "tecPATH_DRY" => "Path could not send partial amount.",
        "tecPATH_PARTIAL" => "Path could not send full amount.",
        "tecTOKEN_PAIR_NOT_FOUND" => "Token pair is not found in Oracle object.",
        "tecTOO_SOON" => "It is too early to attempt the requested operation. Please wait.",
        "tecUNFUNDED" => "Not enough XRP to satisfy the reserve requirement.",
        "tecUNFUNDED_AMM" => "Insufficient balance to fund AMM.",
        "tecUNFUNDED_OFFER" => "Insufficient balance to fund created offer.",
        "tecUNFUNDED_PAYMENT" => "Insufficient XRP balance to send.",
        "tecXCHAIN_CLAIM_NO_QUORUM" => "Quorum was not reached on the xchain claim.",
        "tecXCHAIN_INSUFF_CREATE_AMOUNT" => "Insufficient amount to create an account.",
        "tecXCHAIN_NO_CLAIM_ID" => "No such xchain claim id.",
        "tecXCHAIN_REWARD_MISMATCH" => {
            "The reward amount must match the reward specified in the xchain bridge."
        }
        "tesSUCCESS" => "The transaction was applied. Only final in a validated ledger.",
        other => other,
    }
}
