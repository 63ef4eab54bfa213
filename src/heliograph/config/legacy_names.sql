-- What a home of the last version before these names has, under the names of today; heliograph.config.legacy_names runs it in
-- one transaction. The names of constraints and indexes are those that today's migrations give, so that later migrations
-- find them.

-- 1. Triggers and functions go; those of today's migrations are made at the end.
DROP TRIGGER insights_session ON dispatch_session;
DROP TRIGGER insights_session_changed ON dispatch_session;
DROP TRIGGER insights_registration ON runtime_registration;
DROP TRIGGER insights_registration_changed ON runtime_registration;
DROP TRIGGER insights_completion_gone ON insights_completion;
DROP FUNCTION insights_touch_completion();
DROP FUNCTION insights_touch_session();
DROP FUNCTION insights_touch_registration();
DROP TRIGGER runtime_learners_gone ON runtime_learner;
DROP FUNCTION runtime_forget_names();
DROP TRIGGER runtime_attempts_gone ON runtime_attempt;
DROP TRIGGER runtime_registrations_gone ON runtime_registration;
DROP FUNCTION runtime_forget_calls();
DROP FUNCTION runtime_forget_learners();
DROP TRIGGER dispatch_licensed_learners_gone ON runtime_learner;
DROP FUNCTION dispatch_forget_licensed_learners();
DROP TRIGGER dispatch_sessions_gone ON dispatch_session;
DROP FUNCTION dispatch_forget_events();
DROP FUNCTION journal_forget_learners(text[]);
DROP INDEX journal_learner;

-- 2. Tables.
ALTER TABLE accounts_answered RENAME TO accounts_idempotentresponse;
ALTER TABLE accounts_organisation RENAME TO accounts_organization;
ALTER TABLE dispatch_day RENAME TO insights_dailytotals;
ALTER TABLE dispatch_guestlink RENAME TO dispatch_sharelink;
ALTER TABLE dispatch_licence RENAME TO dispatch_license;
ALTER TABLE dispatch_licencelearner RENAME TO dispatch_licenselearner;
ALTER TABLE dispatch_told RENAME TO dispatch_postbackstate;
ALTER TABLE insights_presence RENAME TO insights_dailylearner;
ALTER TABLE insights_standing RENAME TO insights_dailystate;
ALTER TABLE insights_touched RENAME TO core_changequeue;
ALTER TABLE journal_entry RENAME TO audit_entry;
ALTER TABLE journal_mail RENAME TO delivery_mail;
ALTER TABLE lrs_tallieduntil RENAME TO lrs_countcursor;
ALTER TABLE lrs_tally RENAME TO lrs_statementcount;
ALTER TABLE runtime_narrated RENAME TO runtime_emittedbatch;
ALTER TABLE runtime_narrateduntil RENAME TO runtime_logcursor;
ALTER TABLE runtime_told RENAME TO runtime_emittedstate;

-- 3. Columns.
ALTER TABLE accounts_apikey RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE accounts_idempotentresponse RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE accounts_invitation RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE accounts_membership RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE audit_entry RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE delivery_mail RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE core_changequeue RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE courses_course RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE courses_coursefile RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE courses_courseversion RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE courses_import RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_admission RENAME COLUMN licence_id TO license_id;
ALTER TABLE dispatch_admission RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_canary RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_deployment RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_destination RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_dispatch RENAME COLUMN glances TO previews;
ALTER TABLE dispatch_dispatch RENAME COLUMN glances_since TO previews_since;
ALTER TABLE dispatch_dispatch RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_embeddedprogress RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_formerkey RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_lateadmission RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_license RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_licenselearner RENAME COLUMN licence_id TO license_id;
ALTER TABLE dispatch_licenselearner RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_lmsresult RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_logo RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_postback RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_postbackstate RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_readmission RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_relayreceipt RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_relayreceipt RENAME COLUMN sitting TO page_load_id;
ALTER TABLE dispatch_seat RENAME COLUMN licence_id TO license_id;
ALTER TABLE dispatch_seat RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_session RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_sessionevent RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE dispatch_sharelink RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE insights_cohort RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE insights_completion RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE insights_dailylearner RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE insights_dailystate RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE insights_dailytotals RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_activity RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_agent RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_attachment RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_countcursor RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_credential RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_document RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_erasure RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_key RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_pipe RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_savedview RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_statement RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_statementcount RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_statementid RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE lrs_verb RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_activitystate RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_attempt RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_ausession RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_emittedstate RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_emittedstate RENAME COLUMN story TO state;
ALTER TABLE runtime_launch RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_launchtoken RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_learner RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_registration RENAME COLUMN organisation_id TO organization_id;
ALTER TABLE runtime_runtimecall RENAME COLUMN organisation_id TO organization_id;

ALTER TABLE delivery_mail RENAME COLUMN error TO answer;
ALTER TABLE delivery_mail RENAME COLUMN sent_at TO delivered_at;
ALTER TABLE lrs_pipe RENAME COLUMN stays TO continuous;
ALTER TABLE lrs_pipe RENAME COLUMN sealed TO encrypted_credentials;
ALTER TABLE lrs_statementid RENAME COLUMN place TO position;
ALTER TABLE lrs_statementid RENAME COLUMN awaited TO referrers_wait;
ALTER TABLE lrs_statement RENAME COLUMN undated TO without_timestamp;
ALTER TABLE lrs_countcursor RENAME COLUMN place TO position;
ALTER TABLE lrs_undelivered RENAME COLUMN place TO position;
ALTER TABLE dispatch_license RENAME COLUMN warned TO warnings_sent;
ALTER TABLE dispatch_destination RENAME COLUMN moved_to TO redirect_origin;
ALTER TABLE runtime_launch RENAME COLUMN seconds_before TO centiseconds_before;
ALTER TABLE runtime_ausession RENAME COLUMN heard_at TO last_statement_at;
ALTER TABLE insights_dailylearner RENAME COLUMN points TO score_ten_thousandths;
ALTER TABLE insights_dailystate RENAME COLUMN points TO score_ten_thousandths;
ALTER TABLE insights_dailylearner ADD COLUMN until_lms date, ADD COLUMN until_lms_course date;
ALTER TABLE insights_cohort ADD COLUMN deployment_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE insights_cohort ALTER COLUMN deployment_id DROP DEFAULT;
ALTER TABLE insights_cohort DROP CONSTRAINT insights_cohort_pkey;
ALTER TABLE insights_cohort ADD PRIMARY KEY (organization_id, dispatch_id, day, deployment_id);
ALTER TABLE runtime_attempt RENAME COLUMN watched_until TO log_watched_until;
ALTER TABLE courses_import ADD COLUMN error_source jsonb NOT NULL DEFAULT '{}';
ALTER TABLE courses_import ALTER COLUMN error_source DROP DEFAULT;
ALTER TABLE accounts_apikey ADD COLUMN created_by_id uuid,
  ADD CONSTRAINT accounts_apikey_created_by_id_1b5317c8_fk_accounts_ FOREIGN KEY (created_by_id)
      REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_apikey_created_by_id_1b5317c8 ON accounts_apikey (created_by_id);
ALTER TABLE delivery_mail ADD COLUMN status integer CHECK (status >= 0);
ALTER TABLE delivery_mail ALTER COLUMN give_up_at DROP NOT NULL;

-- 4. Constraints, indexes and sequences.
ALTER TABLE accounts_apikey
  RENAME CONSTRAINT accounts_apikey_organisation_id_6c27dbba_fk_accounts_
  TO accounts_apikey_organization_id_79d80250_fk_accounts_;
ALTER TABLE accounts_idempotentresponse
  RENAME CONSTRAINT accounts_answered_organisation_id_88eb1a7c_fk_accounts_
  TO accounts_idempotentr_organization_id_944f852b_fk_accounts_;
ALTER TABLE accounts_idempotentresponse
  RENAME CONSTRAINT accounts_answered_pkey
  TO accounts_idempotentresponse_pkey;
ALTER TABLE accounts_idempotentresponse
  RENAME CONSTRAINT accounts_answered_status_check
  TO accounts_idempotentresponse_status_check;
ALTER TABLE accounts_idempotentresponse RENAME CONSTRAINT answered_once TO idempotentresponse_once;
ALTER TABLE accounts_invitation
  RENAME CONSTRAINT accounts_invitation_organisation_id_b7f9480b_fk_accounts_
  TO accounts_invitation_organization_id_2be75950_fk_accounts_;
ALTER TABLE accounts_membership
  RENAME CONSTRAINT accounts_membership_organisation_id_98e5c22b_fk_accounts_
  TO accounts_membership_organization_id_936776de_fk_accounts_;
ALTER TABLE accounts_organization
  RENAME CONSTRAINT accounts_organisation_key_key
  TO accounts_organization_key_key;
ALTER TABLE accounts_organization RENAME CONSTRAINT accounts_organisation_pkey TO accounts_organization_pkey;
ALTER TABLE audit_entry RENAME CONSTRAINT journal_entry_pkey TO audit_entry_pkey;
ALTER TABLE delivery_mail RENAME CONSTRAINT journal_mail_pkey TO delivery_mail_pkey;
ALTER TABLE delivery_mail RENAME CONSTRAINT journal_mail_tries_check TO delivery_mail_tries_check;
ALTER TABLE core_changequeue RENAME CONSTRAINT insights_touched_pkey TO core_changequeue_pkey;
ALTER TABLE courses_course
  RENAME CONSTRAINT courses_course_organisation_id_2152e456_fk_accounts_
  TO courses_course_organization_id_e8630071_fk_accounts_;
ALTER TABLE courses_coursefile
  RENAME CONSTRAINT courses_coursefile_organisation_id_12b601bd_fk_accounts_
  TO courses_coursefile_organization_id_af19f5de_fk_accounts_;
ALTER TABLE courses_courseversion
  RENAME CONSTRAINT courses_courseversio_organisation_id_8abce5af_fk_accounts_
  TO courses_courseversio_organization_id_fb1ab698_fk_accounts_;
ALTER TABLE courses_import
  RENAME CONSTRAINT courses_import_organisation_id_a22fb881_fk_accounts_
  TO courses_import_organization_id_2e8e3ba5_fk_accounts_;
ALTER TABLE dispatch_admission
  RENAME CONSTRAINT dispatch_admission_licence_id_555522d1_fk_dispatch_licence_id
  TO dispatch_admission_license_id_7c923982_fk_dispatch_license_id;
ALTER TABLE dispatch_admission
  RENAME CONSTRAINT dispatch_admission_organisation_id_a6c37010_fk_accounts_
  TO dispatch_admission_organization_id_dfceba7c_fk_accounts_;
ALTER TABLE dispatch_canary
  RENAME CONSTRAINT dispatch_canary_organisation_id_4d0f3df2_fk_accounts_
  TO dispatch_canary_organization_id_a466aca6_fk_accounts_;
ALTER TABLE dispatch_deployment
  RENAME CONSTRAINT dispatch_deployment_organisation_id_b61e0a30_fk_accounts_
  TO dispatch_deployment_organization_id_21f180fb_fk_accounts_;
ALTER TABLE dispatch_destination
  RENAME CONSTRAINT dispatch_destination_organisation_id_f6cd1759_fk_accounts_
  TO dispatch_destination_organization_id_c46b013d_fk_accounts_;
ALTER TABLE dispatch_dispatch
  RENAME CONSTRAINT dispatch_dispatch_glances_check
  TO dispatch_dispatch_previews_check;
ALTER TABLE dispatch_dispatch
  RENAME CONSTRAINT dispatch_dispatch_organisation_id_ba6f3ee6_fk_accounts_
  TO dispatch_dispatch_organization_id_655adcdf_fk_accounts_;
ALTER TABLE dispatch_embeddedprogress
  RENAME CONSTRAINT dispatch_embeddedpro_organisation_id_b4f6d7af_fk_accounts_
  TO dispatch_embeddedpro_organization_id_7cd416b6_fk_accounts_;
ALTER TABLE dispatch_formerkey
  RENAME CONSTRAINT dispatch_formerkey_organisation_id_b622d546_fk_accounts_
  TO dispatch_formerkey_organization_id_32cf09c9_fk_accounts_;
ALTER TABLE dispatch_lateadmission
  RENAME CONSTRAINT dispatch_lateadmissi_organisation_id_141d873d_fk_accounts_
  TO dispatch_lateadmissi_organization_id_697a7ecb_fk_accounts_;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_access_days_check
  TO dispatch_license_access_days_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_destination_id_3b27bfbc_fk_dispatch_
  TO dispatch_license_destination_id_5d15eed5_fk_dispatch_;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_dispatch_id_7406f368_fk_dispatch_dispatch_id
  TO dispatch_license_dispatch_id_e5e31c4c_fk_dispatch_dispatch_id;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_download_limit_check
  TO dispatch_license_download_limit_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_downloads_used_check
  TO dispatch_license_downloads_used_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_grace_days_check
  TO dispatch_license_grace_days_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_grace_share_check
  TO dispatch_license_grace_share_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_launch_limit_check
  TO dispatch_license_launch_limit_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_launches_used_check
  TO dispatch_license_launches_used_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_learner_limit_check
  TO dispatch_license_learner_limit_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_learners_used_check
  TO dispatch_license_learners_used_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_organisation_id_2b6aa274_fk_accounts_
  TO dispatch_license_organization_id_b143567a_fk_accounts_;
ALTER TABLE dispatch_license RENAME CONSTRAINT dispatch_licence_period_check TO dispatch_license_period_check;
ALTER TABLE dispatch_license RENAME CONSTRAINT dispatch_licence_pkey TO dispatch_license_pkey;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_registration_limit_check
  TO dispatch_license_registration_limit_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_registrations_used_check
  TO dispatch_license_registrations_used_check;
ALTER TABLE dispatch_license
  RENAME CONSTRAINT dispatch_licence_seat_limit_check
  TO dispatch_license_seat_limit_check;
ALTER TABLE dispatch_license RENAME CONSTRAINT licence_of_one TO license_of_one;
ALTER TABLE dispatch_licenselearner
  RENAME CONSTRAINT dispatch_licencelear_learner_id_21a89b5b_fk_runtime_l
  TO dispatch_licenselear_learner_id_1b312fcf_fk_runtime_l;
ALTER TABLE dispatch_licenselearner
  RENAME CONSTRAINT dispatch_licencelear_licence_id_d7b2096c_fk_dispatch_
  TO dispatch_licenselear_license_id_8ec01c2a_fk_dispatch_;
ALTER TABLE dispatch_licenselearner
  RENAME CONSTRAINT dispatch_licencelear_organisation_id_37410933_fk_accounts_
  TO dispatch_licenselear_organization_id_8c73ad3e_fk_accounts_;
ALTER TABLE dispatch_licenselearner
  RENAME CONSTRAINT dispatch_licencelearner_period_check
  TO dispatch_licenselearner_period_check;
ALTER TABLE dispatch_licenselearner
  RENAME CONSTRAINT dispatch_licencelearner_pkey
  TO dispatch_licenselearner_pkey;
ALTER TABLE dispatch_licenselearner RENAME CONSTRAINT licence_learner_once TO license_learner_once;
ALTER TABLE dispatch_lmsresult
  RENAME CONSTRAINT dispatch_lmsresult_organisation_id_d834e78b_fk_accounts_
  TO dispatch_lmsresult_organization_id_fd8e7de8_fk_accounts_;
ALTER TABLE dispatch_logo
  RENAME CONSTRAINT dispatch_logo_organisation_id_9661933f_fk_accounts_
  TO dispatch_logo_organization_id_64e4d6bb_fk_accounts_;
ALTER TABLE dispatch_postback
  RENAME CONSTRAINT dispatch_postback_organisation_id_ea70e59b_fk_accounts_
  TO dispatch_postback_organization_id_e144a7e3_fk_accounts_;
ALTER TABLE dispatch_postbackstate
  RENAME CONSTRAINT dispatch_told_attempt_check
  TO dispatch_postbackstate_attempt_check;
ALTER TABLE dispatch_postbackstate
  RENAME CONSTRAINT dispatch_told_organisation_id_b69e3d2a_fk_accounts_
  TO dispatch_postbacksta_organization_id_4baa89f5_fk_accounts_;
ALTER TABLE dispatch_postbackstate RENAME CONSTRAINT dispatch_told_pkey TO dispatch_postbackstate_pkey;
ALTER TABLE dispatch_postbackstate
  RENAME CONSTRAINT dispatch_told_registration_id_6d236061_fk_runtime_r
  TO dispatch_postbacksta_registration_id_e0dde1db_fk_runtime_r;
ALTER TABLE dispatch_readmission
  RENAME CONSTRAINT dispatch_readmission_organisation_id_3e642b01_fk_accounts_
  TO dispatch_readmission_organization_id_87e34d21_fk_accounts_;
ALTER TABLE dispatch_relayreceipt
  RENAME CONSTRAINT dispatch_relayreceip_organisation_id_c6067f97_fk_accounts_
  TO dispatch_relayreceip_organization_id_360f8ce2_fk_accounts_;
ALTER TABLE dispatch_seat
  RENAME CONSTRAINT dispatch_seat_licence_id_16d4b292_fk_dispatch_licence_id
  TO dispatch_seat_license_id_d6e2499e_fk_dispatch_license_id;
ALTER TABLE dispatch_seat
  RENAME CONSTRAINT dispatch_seat_organisation_id_b77e12d2_fk_accounts_
  TO dispatch_seat_organization_id_370f0b7b_fk_accounts_;
ALTER TABLE dispatch_session
  RENAME CONSTRAINT dispatch_session_organisation_id_732f4309_fk_accounts_
  TO dispatch_session_organization_id_5050defb_fk_accounts_;
ALTER TABLE dispatch_sharelink
  RENAME CONSTRAINT dispatch_guestlink_deployment_id_d5a0e138_fk_dispatch_
  TO dispatch_sharelink_deployment_id_0feb7949_fk_dispatch_;
ALTER TABLE dispatch_sharelink
  RENAME CONSTRAINT dispatch_guestlink_destination_id_94abc513_fk_dispatch_
  TO dispatch_sharelink_destination_id_56826337_fk_dispatch_;
ALTER TABLE dispatch_sharelink
  RENAME CONSTRAINT dispatch_guestlink_digest_key
  TO dispatch_sharelink_digest_key;
ALTER TABLE dispatch_sharelink
  RENAME CONSTRAINT dispatch_guestlink_organisation_id_37af5d09_fk_accounts_
  TO dispatch_sharelink_organization_id_11b69103_fk_accounts_;
ALTER TABLE dispatch_sharelink RENAME CONSTRAINT dispatch_guestlink_pkey TO dispatch_sharelink_pkey;
ALTER TABLE insights_completion
  RENAME CONSTRAINT insights_completion_organisation_id_645652ed_fk_accounts_
  TO insights_completion_organization_id_406276ad_fk_accounts_;
ALTER TABLE insights_dailylearner RENAME CONSTRAINT insights_presence_pkey TO insights_dailylearner_pkey;
ALTER TABLE insights_dailystate
  RENAME CONSTRAINT insights_standing_dispatch_id_710c2feb_fk_dispatch_dispatch_id
  TO insights_dailystate_dispatch_id_c68e8b13_fk_dispatch_;
ALTER TABLE insights_dailystate
  RENAME CONSTRAINT insights_standing_people_check
  TO insights_dailystate_people_check;
ALTER TABLE insights_dailystate RENAME CONSTRAINT insights_standing_pkey TO insights_dailystate_pkey;
ALTER TABLE insights_dailystate
  RENAME CONSTRAINT insights_standing_scored_check
  TO insights_dailystate_scored_check;
ALTER TABLE insights_dailystate RENAME CONSTRAINT standing_once TO dailystate_once;
ALTER TABLE insights_dailytotals RENAME CONSTRAINT day_once TO dailytotals_once;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_completed_check
  TO insights_dailytotals_completed_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_completions_check
  TO insights_dailytotals_completions_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_deployment_id_d50b9dd5_fk_dispatch_deployment_id
  TO insights_dailytotals_deployment_id_74df61d7_fk_dispatch_;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_dispatch_id_1971550b_fk_dispatch_dispatch_id
  TO insights_dailytotals_dispatch_id_83350e5a_fk_dispatch_;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_failed_check
  TO insights_dailytotals_failed_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_incomplete_check
  TO insights_dailytotals_incomplete_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_launches_check
  TO insights_dailytotals_launches_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_learners_check
  TO insights_dailytotals_learners_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_not_attempted_check
  TO insights_dailytotals_not_attempted_check;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_organisation_id_7f62198f_fk_accounts_
  TO insights_dailytotals_organization_id_82624567_fk_accounts_;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_passed_check
  TO insights_dailytotals_passed_check;
ALTER TABLE insights_dailytotals RENAME CONSTRAINT dispatch_day_pkey TO insights_dailytotals_pkey;
ALTER TABLE insights_dailytotals
  RENAME CONSTRAINT dispatch_day_score_count_check
  TO insights_dailytotals_score_count_check;
ALTER TABLE lrs_countcursor RENAME CONSTRAINT lrs_tallieduntil_pkey TO lrs_countcursor_pkey;
ALTER TABLE lrs_credential
  RENAME CONSTRAINT lrs_credential_organisation_id_ecfb0844_fk_accounts_
  TO lrs_credential_organization_id_ec8aed93_fk_accounts_;
ALTER TABLE lrs_erasure
  RENAME CONSTRAINT lrs_erasure_organisation_id_0a77afef_fk_accounts_
  TO lrs_erasure_organization_id_7ae7ef94_fk_accounts_;
ALTER TABLE lrs_pipe
  RENAME CONSTRAINT lrs_pipe_organisation_id_6a6488e8_fk_accounts_organisation_id
  TO lrs_pipe_organization_id_b9fa9443_fk_accounts_organization_id;
ALTER TABLE lrs_savedview
  RENAME CONSTRAINT lrs_savedview_organisation_id_6962f36c_fk_accounts_
  TO lrs_savedview_organization_id_9c721439_fk_accounts_;
ALTER TABLE lrs_statementcount RENAME CONSTRAINT lrs_tally_pkey TO lrs_statementcount_pkey;
ALTER TABLE runtime_activitystate
  RENAME CONSTRAINT runtime_activitystat_organisation_id_18add2f7_fk_accounts_
  TO runtime_activitystat_organization_id_cfb2fdb9_fk_accounts_;
ALTER TABLE runtime_attempt
  RENAME CONSTRAINT runtime_attempt_organisation_id_09c63d72_fk_accounts_
  TO runtime_attempt_organization_id_7ef3acf4_fk_accounts_;
ALTER TABLE runtime_ausession
  RENAME CONSTRAINT runtime_ausession_organisation_id_2144fbf6_fk_accounts_
  TO runtime_ausession_organization_id_55bdb671_fk_accounts_;
ALTER TABLE runtime_emittedbatch RENAME CONSTRAINT runtime_narrated_pkey TO runtime_emittedbatch_pkey;
ALTER TABLE runtime_emittedstate
  RENAME CONSTRAINT runtime_told_organisation_id_35204055_fk_accounts_
  TO runtime_emittedstate_organization_id_fe49951f_fk_accounts_;
ALTER TABLE runtime_emittedstate RENAME CONSTRAINT runtime_told_pkey TO runtime_emittedstate_pkey;
ALTER TABLE runtime_emittedstate
  RENAME CONSTRAINT runtime_told_registration_id_481f4b0f_fk_runtime_r
  TO runtime_emittedstate_registration_id_730575db_fk_runtime_r;
ALTER TABLE runtime_emittedstate RENAME CONSTRAINT told_once TO emittedstate_once;
ALTER TABLE runtime_launch
  RENAME CONSTRAINT runtime_launch_organisation_id_c42b0ed0_fk_accounts_
  TO runtime_launch_organization_id_82d8e0a9_fk_accounts_;
ALTER TABLE runtime_launchtoken
  RENAME CONSTRAINT runtime_launchtoken_organisation_id_c20ecb88_fk_accounts_
  TO runtime_launchtoken_organization_id_dec9a04a_fk_accounts_;
ALTER TABLE runtime_learner
  RENAME CONSTRAINT runtime_learner_organisation_id_0790f261_fk_accounts_
  TO runtime_learner_organization_id_3e71d986_fk_accounts_;
ALTER TABLE runtime_logcursor RENAME CONSTRAINT runtime_narrateduntil_pkey TO runtime_logcursor_pkey;
ALTER TABLE runtime_registration
  RENAME CONSTRAINT runtime_registration_organisation_id_57c6bbf2_fk_accounts_
  TO runtime_registration_organization_id_48ac0274_fk_accounts_;
ALTER INDEX accounts_apikey_organisation_id_6c27dbba RENAME TO accounts_apikey_organization_id_79d80250;
ALTER INDEX accounts_answered_answered_at_b53eab54 RENAME TO accounts_idempotentresponse_answered_at_359ec4bc;
ALTER INDEX accounts_invitation_organisation_id_b7f9480b RENAME
  TO accounts_invitation_organization_id_2be75950;
ALTER INDEX accounts_organisation_key_3bd76f71_like RENAME TO accounts_organization_key_43c0aa5f_like;
ALTER INDEX journal_newest RENAME TO audit_newest;
ALTER INDEX journal_subject RENAME TO audit_subject;
ALTER INDEX touched_of RENAME TO changequeue_of;
CREATE TABLE accounts_tableview (
  id uuid NOT NULL PRIMARY KEY,
  "table" varchar(40) NOT NULL,
  name varchar(60) NOT NULL,
  query varchar(1000) NOT NULL,
  created_at timestamp with time zone NOT NULL,
  membership_id uuid NOT NULL
    CONSTRAINT accounts_tableview_membership_id_60e9774e_fk_accounts_
    REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT tableview_name UNIQUE (membership_id, "table", name)
);
ALTER TABLE accounts_organization ADD COLUMN audit_retention_days integer CHECK (audit_retention_days >= 0);
CREATE TABLE accounts_customrole (
  id uuid NOT NULL PRIMARY KEY,
  key varchar(40) NOT NULL,
  name varchar(60) NOT NULL,
  granted jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL,
  organization_id uuid NOT NULL
    CONSTRAINT accounts_customrole_organization_id_4754e739_fk_accounts_
    REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT customrole_key UNIQUE (organization_id, key)
);
CREATE UNIQUE INDEX customrole_name ON accounts_customrole (organization_id, lower(name));
CREATE TABLE courses_folder (
  id uuid NOT NULL PRIMARY KEY,
  name varchar(80) NOT NULL,
  created_at timestamp with time zone NOT NULL,
  organization_id uuid NOT NULL
    CONSTRAINT courses_folder_organization_id_1c7581d5_fk_accounts_
    REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED,
  parent_id uuid
    CONSTRAINT courses_folder_parent_id_a2b4299c_fk_courses_folder_id
    REFERENCES courses_folder (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX courses_folder_parent_id_a2b4299c ON courses_folder (parent_id);
CREATE UNIQUE INDEX folder_name ON courses_folder (organization_id, parent_id, lower(name)) NULLS NOT DISTINCT;
ALTER TABLE courses_course
  ADD COLUMN owner_id uuid
    CONSTRAINT courses_course_owner_id_97a468c6_fk_accounts_membership_id
    REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED,
  ADD COLUMN tags varchar(40)[] NOT NULL DEFAULT '{}'::varchar(40)[],
  ADD COLUMN folder_id uuid
    CONSTRAINT courses_course_folder_id_b405a707_fk_courses_folder_id
    REFERENCES courses_folder (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX courses_course_owner_id_97a468c6 ON courses_course (owner_id);
CREATE INDEX course_folder ON courses_course (folder_id);
ALTER TABLE courses_import ADD COLUMN owner_id uuid
  CONSTRAINT courses_import_owner_id_14977fe5_fk_accounts_membership_id
  REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX courses_import_owner_id_14977fe5 ON courses_import (owner_id);
ALTER TABLE courses_import ADD COLUMN folder_id uuid
  CONSTRAINT courses_import_folder_id_c0827e59_fk_courses_folder_id
  REFERENCES courses_folder (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_membership ALTER COLUMN role TYPE varchar(40);
ALTER TABLE accounts_invitation ALTER COLUMN role TYPE varchar(40);
ALTER TABLE accounts_apikey ALTER COLUMN role TYPE varchar(40);
ALTER TABLE accounts_membership ADD COLUMN name varchar(200) NOT NULL DEFAULT '',
  ADD COLUMN joined_at timestamptz;
ALTER TABLE accounts_membership ALTER COLUMN name DROP DEFAULT;
UPDATE accounts_membership SET joined_at = created_at;
ALTER TABLE accounts_membership
  ADD COLUMN scope_folders uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_destinations uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_groups uuid[] NOT NULL DEFAULT '{}'::uuid[];
ALTER TABLE accounts_invitation
  ADD COLUMN scope_folders uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_destinations uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_groups uuid[] NOT NULL DEFAULT '{}'::uuid[];
ALTER TABLE accounts_apikey
  ADD COLUMN scope_folders uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_destinations uuid[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN scope_groups uuid[] NOT NULL DEFAULT '{}'::uuid[];
CREATE TABLE accounts_group (
  id uuid NOT NULL PRIMARY KEY,
  name varchar(100) NOT NULL,
  kind varchar(20) NOT NULL,
  key varchar(100) NOT NULL,
  created_at timestamp with time zone NOT NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE accounts_groupmanager (
  id uuid NOT NULL PRIMARY KEY,
  group_id uuid NOT NULL,
  membership_id uuid NOT NULL
);
CREATE TABLE accounts_groupmember (
  id uuid NOT NULL PRIMARY KEY,
  group_id uuid NOT NULL,
  membership_id uuid NOT NULL
);
CREATE TABLE accounts_membershipmerge (
  id uuid NOT NULL PRIMARY KEY,
  moved jsonb NOT NULL,
  was_active boolean NOT NULL,
  created_by varchar(200) NOT NULL,
  created_at timestamp with time zone NOT NULL,
  undone_at timestamp with time zone NULL,
  kept_id uuid NOT NULL,
  merged_id uuid NOT NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE accounts_dismissedduplicate (
  id uuid NOT NULL PRIMARY KEY,
  dismissed_by varchar(200) NOT NULL,
  created_at timestamp with time zone NOT NULL,
  first_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  second_id uuid NOT NULL
);
CREATE TABLE accounts_userimport (
  id uuid NOT NULL PRIMARY KEY,
  state varchar(20) NOT NULL,
  filename varchar(200) NOT NULL,
  stored_bytes bigint NOT NULL,
  created_by varchar(200) NOT NULL,
  creator uuid NULL,
  creator_kind varchar(20) NOT NULL,
  role varchar(40) NOT NULL,
  update_existing boolean NOT NULL,
  invites boolean NOT NULL,
  headings jsonb NOT NULL,
  mapping jsonb NOT NULL,
  counts jsonb NOT NULL,
  total integer NOT NULL CHECK (total >= 0),
  done integer NOT NULL CHECK (done >= 0),
  made_groups jsonb NOT NULL,
  error_code varchar(60) NOT NULL,
  error text NOT NULL,
  error_source jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE accounts_userimportrow (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  number integer NOT NULL CHECK (number >= 0),
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  groups jsonb NOT NULL,
  problems jsonb NOT NULL,
  verdict varchar(10) NOT NULL,
  outcome varchar(20) NOT NULL,
  membership_id uuid NULL,
  before jsonb NOT NULL,
  user_import_id uuid NOT NULL
);
CREATE UNIQUE INDEX group_name ON accounts_group (organization_id, (LOWER(name)));
CREATE UNIQUE INDEX group_key ON accounts_group (organization_id, key)
  WHERE NOT (key = '');
ALTER TABLE accounts_groupmanager
  ADD CONSTRAINT groupmanager_once
  UNIQUE (group_id, membership_id);
ALTER TABLE accounts_groupmember
  ADD CONSTRAINT groupmember_once
  UNIQUE (group_id, membership_id);
CREATE UNIQUE INDEX membershipmerge_once ON accounts_membershipmerge (merged_id)
  WHERE undone_at IS NULL;
ALTER TABLE accounts_dismissedduplicate
  ADD CONSTRAINT dismissedduplicate_once
  UNIQUE (first_id, second_id);
CREATE UNIQUE INDEX userimport_working_once ON accounts_userimport (organization_id)
  WHERE state IN ('checking', 'applying', 'undoing');
ALTER TABLE accounts_userimportrow
  ADD CONSTRAINT userimportrow_number
  UNIQUE (user_import_id, number);
ALTER TABLE accounts_group
  ADD CONSTRAINT accounts_group_organization_id_4222a821_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_groupmanager
  ADD CONSTRAINT accounts_groupmanager_group_id_38789c70_fk_accounts_group_id
  FOREIGN KEY (group_id) REFERENCES accounts_group (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_groupmanager
  ADD CONSTRAINT accounts_groupmanage_membership_id_ce3a56b4_fk_accounts_
  FOREIGN KEY (membership_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_groupmanager_membership_id_ce3a56b4 ON accounts_groupmanager (membership_id);
ALTER TABLE accounts_groupmember
  ADD CONSTRAINT accounts_groupmember_group_id_590adbea_fk_accounts_group_id
  FOREIGN KEY (group_id) REFERENCES accounts_group (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_groupmember
  ADD CONSTRAINT accounts_groupmember_membership_id_a74a398b_fk_accounts_
  FOREIGN KEY (membership_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_groupmember_membership_id_a74a398b ON accounts_groupmember (membership_id);
ALTER TABLE accounts_membershipmerge
  ADD CONSTRAINT accounts_membershipm_kept_id_85dae6b7_fk_accounts_
  FOREIGN KEY (kept_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_membershipmerge
  ADD CONSTRAINT accounts_membershipm_merged_id_f491f50a_fk_accounts_
  FOREIGN KEY (merged_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_membershipmerge
  ADD CONSTRAINT accounts_membershipm_organization_id_c70a13db_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_membershipmerge_kept_id_85dae6b7 ON accounts_membershipmerge (kept_id);
CREATE INDEX accounts_membershipmerge_merged_id_f491f50a ON accounts_membershipmerge (merged_id);
CREATE INDEX accounts_membershipmerge_organization_id_c70a13db ON accounts_membershipmerge (organization_id);
ALTER TABLE accounts_dismissedduplicate
  ADD CONSTRAINT accounts_dismisseddu_first_id_39701a6f_fk_accounts_
  FOREIGN KEY (first_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_dismissedduplicate
  ADD CONSTRAINT accounts_dismisseddu_organization_id_91de80cf_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_dismissedduplicate
  ADD CONSTRAINT accounts_dismisseddu_second_id_b43d8561_fk_accounts_
  FOREIGN KEY (second_id) REFERENCES accounts_membership (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_dismissedduplicate_organization_id_91de80cf ON accounts_dismissedduplicate (organization_id);
CREATE INDEX accounts_dismissedduplicate_second_id_b43d8561 ON accounts_dismissedduplicate (second_id);
ALTER TABLE accounts_userimport
  ADD CONSTRAINT accounts_userimport_organization_id_98f898d3_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX accounts_userimport_organization_id_98f898d3 ON accounts_userimport (organization_id);
ALTER TABLE accounts_userimportrow
  ADD CONSTRAINT accounts_userimportr_user_import_id_6cf8bce1_fk_accounts_
  FOREIGN KEY (user_import_id) REFERENCES accounts_userimport (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE dispatch_lmsresult ADD COLUMN differs boolean NOT NULL DEFAULT false;
CREATE INDEX lms_result_differs ON dispatch_lmsresult (organization_id) WHERE differs;
CREATE INDEX dispatch_name ON dispatch_dispatch (organization_id, name);
CREATE INDEX dispatch_ends ON dispatch_dispatch (organization_id, expires_at);
CREATE INDEX dispatch_disabled ON dispatch_dispatch (organization_id, id DESC) WHERE NOT enabled;
CREATE INDEX dispatch_downloaded ON dispatch_dispatch (organization_id) WHERE download_count > 0;
CREATE INDEX license_warned ON dispatch_license (organization_id, id DESC)
 WHERE NOT warnings_sent = '[]' AND ended_at IS NULL;
CREATE INDEX license_ends ON dispatch_license (organization_id, expires_at) WHERE ended_at IS NULL;
ALTER INDEX dispatch_admission_licence_id_555522d1 RENAME TO dispatch_admission_license_id_7c923982;
ALTER INDEX dispatch_licence_destination_id_3b27bfbc RENAME TO dispatch_license_destination_id_5d15eed5;
ALTER INDEX dispatch_licence_dispatch_id_7406f368 RENAME TO dispatch_license_dispatch_id_e5e31c4c;
ALTER INDEX licence_destination RENAME TO license_destination;
ALTER INDEX licence_dispatch RENAME TO license_dispatch;
ALTER INDEX dispatch_licencelearner_learner_id_21a89b5b RENAME TO dispatch_licenselearner_learner_id_1b312fcf;
ALTER INDEX dispatch_licencelearner_licence_id_d7b2096c RENAME TO dispatch_licenselearner_license_id_8ec01c2a;
ALTER INDEX dispatch_seat_licence_id_16d4b292 RENAME TO dispatch_seat_license_id_d6e2499e;
ALTER INDEX dispatch_guestlink_deployment_id_d5a0e138 RENAME TO dispatch_sharelink_deployment_id_0feb7949;
ALTER INDEX dispatch_guestlink_destination_id_94abc513 RENAME TO dispatch_sharelink_destination_id_56826337;
ALTER INDEX dispatch_guestlink_digest_245affd7_like RENAME TO dispatch_sharelink_digest_57d84a27_like;
ALTER INDEX presence_day RENAME TO dailylearner_day;
ALTER INDEX standing_day RENAME TO dailystate_day;
ALTER INDEX standing_until RENAME TO dailystate_until;
ALTER INDEX standing_whole_day RENAME TO dailystate_whole_day;
ALTER INDEX day_of_organisation RENAME TO dailytotals_day;
ALTER INDEX tally_agent RENAME TO statementcount_agent;
ALTER INDEX runtime_narrated_at_88231f81 RENAME TO runtime_emittedbatch_at_ae200eb7;
ALTER INDEX runtime_told_registration_id_481f4b0f RENAME TO runtime_emittedstate_registration_id_730575db;
ALTER INDEX runtime_narrateduntil_log_ddf1f67b_like RENAME TO runtime_logcursor_log_0916b86c_like;
ALTER SEQUENCE insights_touched_id_seq RENAME TO core_changequeue_id_seq;
ALTER SEQUENCE insights_standing_id_seq RENAME TO insights_dailystate_id_seq;

-- 5. Partitions of the audit log, and the indexes of all partitions, which PostgreSQL has named.
DO $$
DECLARE
  found record;
  wanted text;
BEGIN
  FOR found IN
    SELECT c.relname, c.relkind FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i', 'I')
       AND c.relname ~ '^journal_|organisation|licence'
  LOOP
    wanted := replace(replace(replace(found.relname, 'journal_', 'audit_'), 'organisation', 'organization'), 'licence', 'license');
    EXECUTE format('ALTER %s %I RENAME TO %I', CASE found.relkind WHEN 'r' THEN 'TABLE' ELSE 'INDEX' END, found.relname, wanted);
  END LOOP;
END $$;

CREATE INDEX audit_annotated ON audit_entry (organization_id, subject_kind, id DESC)
 WHERE subject_kind IN ('course version', 'dispatch', 'license');
CREATE TABLE audit_seal (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  through uuid NOT NULL,
  entries integer NOT NULL CHECK (entries >= 0),
  digest bytea NOT NULL,
  retired bytea,
  CONSTRAINT seal_once UNIQUE (organization_id, through)
);
CREATE TABLE audit_verification (
  organization_id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  differs_after uuid,
  differs_through uuid
);
CREATE INDEX audit_actor ON audit_entry (organization_id, actor_id, id DESC) WHERE actor_kind = 'user';

CREATE TABLE webhooks_listener (
  organization_id uuid NOT NULL PRIMARY KEY,
  asked_at timestamp with time zone NOT NULL
);
CREATE TABLE webhooks_endpoint (
  id uuid NOT NULL PRIMARY KEY,
  url varchar(2000) NOT NULL,
  description varchar(200) NOT NULL,
  topics jsonb NOT NULL,
  course_id uuid NULL,
  destination_id uuid NULL,
  dispatch_id uuid NULL,
  in_order boolean NOT NULL,
  enabled boolean NOT NULL,
  disabled_reason varchar(10) NOT NULL,
  disabled_at timestamp with time zone NULL,
  failing_since timestamp with time zone NULL,
  last_success_at timestamp with time zone NULL,
  encrypted_secret bytea NOT NULL,
  encrypted_old_secret bytea NULL,
  old_secret_ends_at timestamp with time zone NULL,
  created_at timestamp with time zone NOT NULL,
  created_by varchar(200) NOT NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE webhooks_event (
  id uuid NOT NULL PRIMARY KEY,
  topic varchar(60) NOT NULL,
  body text NOT NULL,
  course_id uuid NULL,
  destination_id uuid NULL,
  dispatch_id uuid NULL,
  registration_id uuid NULL,
  created_at timestamp with time zone NOT NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE webhooks_message (
  id uuid NOT NULL PRIMARY KEY,
  state varchar(10) NOT NULL,
  tries integer NOT NULL CHECK (tries >= 0),
  status integer NULL CHECK (status >= 0),
  answer varchar(500) NOT NULL,
  next_try_at timestamp with time zone NULL,
  give_up_at timestamp with time zone NULL,
  delivered_at timestamp with time zone NULL,
  created_at timestamp with time zone NOT NULL,
  ordered_by uuid NULL,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL
);
CREATE TABLE webhooks_deliveryattempt (
  id uuid NOT NULL PRIMARY KEY,
  url varchar(2000) NOT NULL,
  headers jsonb NOT NULL,
  status integer NULL CHECK (status >= 0),
  response varchar(500) NOT NULL,
  milliseconds integer NOT NULL CHECK (milliseconds >= 0),
  created_at timestamp with time zone NOT NULL,
  message_id uuid NOT NULL
);
CREATE INDEX endpoint_newest ON webhooks_endpoint (organization_id, id DESC);
CREATE INDEX event_newest ON webhooks_event (organization_id, id DESC);
CREATE INDEX event_registration ON webhooks_event (registration_id) WHERE registration_id IS NOT NULL;
CREATE INDEX event_dispatch ON webhooks_event (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX message_newest ON webhooks_message (endpoint_id, id DESC);
CREATE INDEX message_due ON webhooks_message (endpoint_id, next_try_at, id) WHERE state = 'waiting';
CREATE INDEX message_order ON webhooks_message (endpoint_id, ordered_by, id)
 WHERE (ordered_by IS NOT NULL AND state = 'waiting');
ALTER TABLE webhooks_listener ADD CONSTRAINT webhooks_listener_organization_id_038aed27_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE webhooks_endpoint ADD CONSTRAINT webhooks_endpoint_organization_id_f4e26187_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE webhooks_event ADD CONSTRAINT webhooks_event_organization_id_40d924ab_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE webhooks_message ADD CONSTRAINT webhooks_message_endpoint_id_1d83bd45_fk_webhooks_endpoint_id
  FOREIGN KEY (endpoint_id) REFERENCES webhooks_endpoint (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE webhooks_message ADD CONSTRAINT webhooks_message_event_id_91ce0ee8_fk_webhooks_event_id
  FOREIGN KEY (event_id) REFERENCES webhooks_event (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX webhooks_message_event_id_91ce0ee8 ON webhooks_message (event_id);
ALTER TABLE webhooks_deliveryattempt ADD CONSTRAINT webhooks_deliveryatt_message_id_683737ce_fk_webhooks_
  FOREIGN KEY (message_id) REFERENCES webhooks_message (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX webhooks_deliveryattempt_message_id_683737ce ON webhooks_deliveryattempt (message_id);
CREATE TABLE runtime_announcedstate (
  registration_id uuid NOT NULL PRIMARY KEY,
  attempt integer NOT NULL CHECK (attempt >= 0),
  launched boolean NOT NULL,
  completed boolean NOT NULL,
  success varchar(10) NOT NULL,
  progress double precision NULL,
  score double precision NULL,
  organization_id uuid NOT NULL
);
ALTER TABLE runtime_announcedstate ADD CONSTRAINT runtime_announcedsta_registration_id_91b53c57_fk_runtime_r
  FOREIGN KEY (registration_id) REFERENCES runtime_registration (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE runtime_announcedstate ADD CONSTRAINT runtime_announcedsta_organization_id_cb8b2be1_fk_accounts_
  FOREIGN KEY (organization_id) REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
-- Answers to questions, and cohorts of courses.
ALTER TABLE core_changequeue ALTER COLUMN dispatch_id DROP NOT NULL, ADD COLUMN course_id uuid;
ALTER TABLE insights_completion ALTER COLUMN dispatch_id DROP NOT NULL;
CREATE TABLE runtime_question (
  id uuid NOT NULL PRIMARY KEY,
  activity varchar(4000) NOT NULL,
  identifier varchar(4000) NOT NULL,
  kind varchar(20) NOT NULL,
  text varchar(500) NOT NULL,
  correct_responses jsonb NOT NULL,
  course_id uuid NOT NULL,
  organization_id uuid NOT NULL
);
CREATE TABLE runtime_answer (
  id uuid NOT NULL PRIMARY KEY,
  within uuid NOT NULL,
  response varchar(250) NOT NULL,
  correct boolean NULL,
  answered_at timestamp with time zone NOT NULL,
  organization_id uuid NOT NULL,
  registration_id uuid NOT NULL,
  question_id uuid NOT NULL
);
CREATE INDEX learner_email ON runtime_learner (lower(email), organization_id);
CREATE INDEX question_course ON runtime_question (organization_id, course_id);
ALTER TABLE runtime_answer
  ADD CONSTRAINT answer_once UNIQUE (organization_id, within, question_id);
ALTER TABLE runtime_question
  ADD CONSTRAINT runtime_question_course_id_07370500_fk_courses_course_id
  FOREIGN KEY (course_id)
  REFERENCES courses_course (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE runtime_question
  ADD CONSTRAINT runtime_question_organization_id_37ef47a0_fk_accounts_
  FOREIGN KEY (organization_id)
  REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE runtime_answer
  ADD CONSTRAINT runtime_answer_organization_id_bcc9c428_fk_accounts_
  FOREIGN KEY (organization_id)
  REFERENCES accounts_organization (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE runtime_answer
  ADD CONSTRAINT runtime_answer_registration_id_b3b60077_fk_runtime_r
  FOREIGN KEY (registration_id)
  REFERENCES runtime_registration (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE runtime_answer
  ADD CONSTRAINT runtime_answer_question_id_1d84110a_fk_runtime_question_id
  FOREIGN KEY (question_id)
  REFERENCES runtime_question (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX runtime_answer_registration_id_b3b60077 ON runtime_answer (registration_id);
CREATE INDEX runtime_answer_question_id_1d84110a ON runtime_answer (question_id);
CREATE TABLE insights_contribution (
  organization_id uuid NOT NULL,
  registration_id uuid NOT NULL,
  course_id uuid NOT NULL,
  dispatch_id uuid NULL,
  destination_id uuid NOT NULL,
  deployment_id uuid NOT NULL,
  day date NOT NULL,
  step smallint NOT NULL CHECK (step >= 0),
  launched boolean NOT NULL,
  half boolean NOT NULL,
  completed boolean NOT NULL,
  passed boolean NOT NULL,
  score_ten_thousandths integer NULL,
  duration smallint NULL CHECK (duration >= 0),
  path varchar(4000)[] NOT NULL,
  questions uuid[] NOT NULL,
  responses varchar(250)[] NOT NULL,
  correct boolean[] NOT NULL,
  others integer[] NOT NULL,
  PRIMARY KEY (organization_id, registration_id)
);
CREATE TABLE insights_coursecohort (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  organization_id uuid NOT NULL,
  course_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  day date NOT NULL,
  registered integer NOT NULL CHECK (registered >= 0),
  launched integer NOT NULL CHECK (launched >= 0),
  half integer NOT NULL CHECK (half >= 0),
  completed integer NOT NULL CHECK (completed >= 0),
  passed integer NOT NULL CHECK (passed >= 0),
  scored integer NOT NULL CHECK (scored >= 0),
  score_ten_thousandths bigint NOT NULL,
  scores integer[] NOT NULL,
  durations integer[] NOT NULL,
  CONSTRAINT coursecohort_once UNIQUE (organization_id, course_id, destination_id, day)
);
CREATE TABLE insights_pathcohort (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  organization_id uuid NOT NULL,
  course_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  day date NOT NULL,
  origin varchar(4000) NOT NULL,
  target varchar(4000) NOT NULL,
  finished boolean NOT NULL,
  learners integer NOT NULL CHECK (learners >= 0)
);
CREATE TABLE insights_questioncohort (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  organization_id uuid NOT NULL,
  course_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  day date NOT NULL,
  question_id uuid NOT NULL,
  answered integer NOT NULL CHECK (answered >= 0),
  graded integer NOT NULL CHECK (graded >= 0),
  correct integer NOT NULL CHECK (correct >= 0),
  compared integer NOT NULL CHECK (compared >= 0),
  sum_x bigint NOT NULL,
  sum_y bigint NOT NULL,
  sum_xy bigint NOT NULL,
  sum_yy bigint NOT NULL,
  CONSTRAINT questioncohort_once UNIQUE (organization_id, course_id, destination_id, day, question_id)
);
CREATE TABLE insights_responsecohort (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  organization_id uuid NOT NULL,
  course_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  day date NOT NULL,
  question_id uuid NOT NULL,
  response varchar(250) NOT NULL,
  learners integer NOT NULL CHECK (learners >= 0),
  correct integer NOT NULL CHECK (correct >= 0),
  CONSTRAINT responsecohort_once UNIQUE (organization_id, course_id, destination_id, question_id, day, response)
);
CREATE INDEX contribution_day ON insights_contribution (organization_id, day);
CREATE INDEX coursecohort_customer ON insights_coursecohort (organization_id, destination_id, day);
CREATE INDEX coursecohort_day ON insights_coursecohort (organization_id, day);
CREATE INDEX pathcohort_of ON insights_pathcohort (organization_id, course_id, destination_id, day);
CREATE INDEX pathcohort_day ON insights_pathcohort (organization_id, day);
CREATE INDEX questioncohort_day ON insights_questioncohort (organization_id, day);
CREATE INDEX responsecohort_day ON insights_responsecohort (organization_id, day);

-- 6. Words that rows hold.
UPDATE runtime_emittedstate
   SET state = (state - 'told') || jsonb_build_object('emitted', (state -> 'told') - 'said'
            || CASE WHEN state -> 'told' ? 'said' THEN jsonb_build_object('answers', state #> '{told,said}') ELSE '{}' END)
 WHERE state ? 'told';
UPDATE dispatch_destination SET branding = replace(branding::text, '"colours":', '"colors":')::jsonb
 WHERE branding ? 'colours';
UPDATE audit_entry SET subject_kind = CASE subject_kind WHEN 'licence' THEN 'license' ELSE 'organization' END
 WHERE subject_kind IN ('licence', 'organisation');
UPDATE audit_entry SET details = replace(details::text, '"colours":', '"colors":')::jsonb
 WHERE details::text LIKE '%"colours":%';
UPDATE dispatch_postback SET kind = 'license.warning', body = replace(body::text, '"licence":', '"license":')::jsonb
 WHERE kind = 'licence.warning';
UPDATE dispatch_postback SET body = jsonb_set(body, '{type}', '"license.warning"')
 WHERE body ->> 'type' = 'licence.warning';

UPDATE delivery_mail SET state = CASE state WHEN 'sent' THEN 'delivered' ELSE 'given up' END
 WHERE state IN ('sent', 'failed');

-- Figures by LMS were not counted before: everything is counted again, and cohorts are sums, which begin with nothing.
DELETE FROM insights_cohort;
INSERT INTO core_changequeue
       (organization_id, dispatch_id, course_id, registration_id, learner_id, registered_day)
SELECT organization_id, dispatch_id, course_id, id, learner_id, (created_at AT TIME ZONE 'UTC')::date
  FROM runtime_registration
 WHERE purpose = 'learning';
INSERT INTO core_changequeue (organization_id, dispatch_id, registration_id, learner_id, day)
SELECT DISTINCT s.organization_id, s.dispatch_id, s.registration_id, r.learner_id,
       (s.launched_at AT TIME ZONE 'UTC')::date
  FROM dispatch_session s
  JOIN runtime_registration r ON r.id = s.registration_id;

-- 7. Jobs that wait: what they were to send is due still, and found within seconds.
DELETE FROM procrastinate_jobs
 WHERE status = 'todo'
   AND (task_name LIKE 'journal.%' OR task_name IN ('dispatch.send_postbacks', 'dispatch.forget_postbacks'));

-- 8. What Django keeps of models: their names and permissions.
WITH renamed (app, model, new_app, new_model, new_name) AS (VALUES
  ('accounts', 'answered', 'accounts', 'idempotentresponse', 'idempotent response'),
  ('accounts', 'organisation', 'accounts', 'organization', 'organization'),
  ('dispatch', 'day', 'insights', 'dailytotals', 'daily totals'),
  ('dispatch', 'guestlink', 'dispatch', 'sharelink', 'share link'),
  ('dispatch', 'licence', 'dispatch', 'license', 'license'),
  ('dispatch', 'licencelearner', 'dispatch', 'licenselearner', 'license learner'),
  ('dispatch', 'told', 'dispatch', 'postbackstate', 'postback state'),
  ('insights', 'presence', 'insights', 'dailylearner', 'daily learner'),
  ('insights', 'standing', 'insights', 'dailystate', 'daily state'),
  ('insights', 'touched', 'core', 'changequeue', 'change queue'),
  ('journal', 'entry', 'audit', 'entry', 'entry'),
  ('journal', 'mail', 'delivery', 'mail', 'mail'),
  ('lrs', 'tallieduntil', 'lrs', 'countcursor', 'count cursor'),
  ('lrs', 'tally', 'lrs', 'statementcount', 'statement count'),
  ('runtime', 'narrated', 'runtime', 'emittedbatch', 'emitted batch'),
  ('runtime', 'narrateduntil', 'runtime', 'logcursor', 'log cursor'),
  ('runtime', 'told', 'runtime', 'emittedstate', 'emitted state')
), model AS (
  UPDATE django_content_type c SET app_label = r.new_app, model = r.new_model
    FROM renamed r WHERE c.app_label = r.app AND c.model = r.model
  RETURNING c.id, r.new_model, r.new_name
)
UPDATE auth_permission p
   SET codename = split_part(p.codename, '_', 1) || '_' || m.new_model,
       name = 'Can ' || split_part(p.codename, '_', 1) || ' ' || m.new_name
  FROM model m WHERE p.content_type_id = m.id;

WITH made (app, model, name) AS (VALUES
  ('accounts', 'customrole', 'custom role'),
  ('accounts', 'dismissedduplicate', 'dismissed duplicate'),
  ('accounts', 'group', 'group'),
  ('accounts', 'groupmanager', 'group manager'),
  ('accounts', 'groupmember', 'group member'),
  ('accounts', 'membershipmerge', 'membership merge'),
  ('accounts', 'userimport', 'user import'),
  ('accounts', 'userimportrow', 'user import row'),
  ('accounts', 'tableview', 'table view'),
  ('audit', 'seal', 'seal'),
  ('audit', 'verification', 'verification'),
  ('courses', 'folder', 'folder'),
  ('insights', 'contribution', 'contribution'),
  ('insights', 'coursecohort', 'course cohort'),
  ('insights', 'pathcohort', 'path cohort'),
  ('insights', 'questioncohort', 'question cohort'),
  ('insights', 'responsecohort', 'response cohort'),
  ('runtime', 'announcedstate', 'announced state'),
  ('runtime', 'answer', 'answer'),
  ('runtime', 'question', 'question'),
  ('webhooks', 'deliveryattempt', 'delivery attempt'),
  ('webhooks', 'endpoint', 'endpoint'),
  ('webhooks', 'event', 'event'),
  ('webhooks', 'listener', 'listener'),
  ('webhooks', 'message', 'message')
), type AS (
  INSERT INTO django_content_type (app_label, model) SELECT app, model FROM made RETURNING id, app_label, model
)
INSERT INTO auth_permission (content_type_id, codename, name)
SELECT t.id, act || '_' || t.model, 'Can ' || act || ' ' || m.name
  FROM type t
  JOIN made m ON (m.app, m.model) = (t.app_label, t.model)
 CROSS JOIN unnest(ARRAY['add', 'change', 'delete', 'view']) AS act;

-- 9. The history of migrations begins anew, with one for each part.
DELETE FROM django_migrations
 WHERE app IN ('accounts', 'core', 'courses', 'dispatch', 'insights', 'journal', 'lrs', 'runtime');
INSERT INTO django_migrations (app, name, applied)
SELECT app, '0001_initial', now()
  FROM unnest(ARRAY['accounts', 'audit', 'core', 'courses', 'delivery', 'dispatch', 'insights', 'lrs',
                    'runtime', 'webhooks']) AS app;
