import type { Recognizer } from '../../recognizer.ts';
import { findTerms } from './terms.ts';

/** Names of illnesses and conditions, as patients and doctors use them (after the chapters of ICD-10). */
const names = [
  ...'hiv|aids|hepatitis|hepatitis b|hepatitis c|tuberculosis|syphilis|gonorrhea|chlamydia|herpes|shingles|malaria|sepsis'.split(
    '|',
  ),
  ...'breast cancer|lung cancer|prostate cancer|colon cancer|ovarian cancer|skin cancer|leukemia|leukaemia|lymphoma|melanoma|carcinoma|cancer|brain tumor|brain tumour'.split(
    '|',
  ),
  ...'anemia|anaemia|sickle cell disease|hemophilia|haemophilia|thalassemia|lupus'.split('|'),
  ...'diabetes|type 1 diabetes|type 2 diabetes|hypothyroidism|hyperthyroidism|obesity|gout|hyperlipidemia|high cholesterol|hypercholesterolemia'.split(
    '|',
  ),
  ...'depression|major depressive disorder|bipolar disorder|schizophrenia|generalized anxiety disorder|anxiety|anxiety disorder|ptsd|ocd|adhd|autism|anorexia|bulimia|dementia|alcoholism|insomnia|borderline personality disorder|panic disorder|substance use disorder'.split(
    '|',
  ),
  ..."alzheimer's|alzheimer's disease|parkinson's|parkinson's disease|multiple sclerosis|epilepsy|migraine|migraines|stroke|neuropathy|als|cerebral palsy".split(
    '|',
  ),
  ...'glaucoma|cataract|cataracts|macular degeneration|tinnitus'.split('|'),
  ...'hypertension|high blood pressure|heart failure|congestive heart failure|heart attack|atrial fibrillation|angina|coronary artery disease|arrhythmia|deep vein thrombosis|pulmonary embolism'.split(
    '|',
  ),
  ...'asthma|copd|pneumonia|bronchitis|cystic fibrosis|sleep apnea|sleep apnoea|emphysema'.split('|'),
  ..."gerd|gastroesophageal reflux disease|crohn's|crohn's disease|ulcerative colitis|irritable bowel syndrome|ibs|cirrhosis|pancreatitis|celiac disease|coeliac disease|gastritis".split(
    '|',
  ),
  ...'psoriasis|eczema|dermatitis|acne|rosacea'.split('|'),
  ...'arthritis|rheumatoid arthritis|osteoarthritis|osteoporosis|fibromyalgia|scoliosis|sciatica'.split('|'),
  ...'chronic kidney disease|kidney failure|kidney stones|endometriosis|infertility|miscarriage|pregnancy|preeclampsia|erectile dysfunction'.split(
    '|',
  ),
  ...'down syndrome|spina bifida|concussion|covid|covid-19|long covid'.split('|'),
  ...'bluthochdruck|asthme|diabète|krebs|depressionen|hipertensión|diabete|ipertensione'.split('|'),
];

/** Conditions of a person, after words that say that someone has them. */
export const condition: Recognizer = {
  kind: 'medical',
  context: [
    ...'diagnosed diagnosis dx suffers suffering patient my condition conditions symptoms assessment impression complaint cc'.split(
      ' ',
    ),
    ...[
      'history of',
      'suffer from',
      'treated for',
      'tested positive',
      'medical history',
      'i have',
      'has been having',
    ],
    ...'diagnostiziert leidet diagnostiqué souffre diagnosticado diagnosticada padece soffre'.split(' '),
  ],
  find: findTerms(names, 0.1),
  marked: [
    'diagnosed with «type 2 diabetes» in spring',
    'Diagnosis: «Rheumatoid Arthritis»',
    'I have «asthma» and a history of «high blood pressure».',
    'Sie leidet an «Migraine».',
  ],
  clear: [
    'Cancer is a crab and a sign.',
    'The great depression followed.',
    'a stroke of luck',
    'malaria nets',
  ],
};
